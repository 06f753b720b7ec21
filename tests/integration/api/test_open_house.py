"""Development without an app secret: open to this machine, and to nobody it forwards for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

# What a forwarder that calls the house localhost tells of the browser behind it.
FORWARDED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "203.0.113.9, 127.0.0.1"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "parley.tunnel.example"},
    {"X-Real-IP": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
]


def test_this_machine_needs_no_login(house: House) -> None:
    assert house.request("GET", "/auth/me").json()["role"] == "admin"
    assert house.request("POST", "/ws/ticket").status_code == 201
    with house.socket("anyone"):
        pass


@pytest.mark.parametrize("headers", FORWARDED)
def test_a_stranger_behind_a_forwarded_port_needs_one_for_rest_and_sockets(
    house: House, headers: dict[str, str]
) -> None:
    for method, path in (("GET", "/auth/me"), ("GET", "/conversations"), ("POST", "/ws/ticket")):
        assert house.request(method, path, headers=headers).status_code == 401
    url = f"{house.site.replace('http', 'ws', 1)}/api/v1/ws/chat/anyone"
    with connect(url, additional_headers=headers, proxy=None) as socket:
        socket.send('{"type": "ping"}')
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8000"])
def test_no_page_posts_a_delivery_while_signatures_are_off(house: House, phone: str, origin: str) -> None:
    words = f"from a page of {origin}"
    body = house.meta.said(house.meta.text(phone, words))
    headers = {"Origin": origin, "Content-Type": "text/plain"}
    answer = house.request("POST", "/whatsapp/webhook", data=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    house.converse(phone, "from Meta")
    assert house.ask("SELECT count(*) FROM message WHERE content ->> 'body' = %s", words) == [(0,)]
