"""Requests of which only a beginning is sent, by anybody: a delivery is answered as if they were not there."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest

from api.server.worker import WHOLE_S
from engines.caddy import CADDYFILE, Caddy
from engines.waiting import wait_until
from faults.strikes.half_sent import HalfSent
from tests.integration.frontdoor.halves import answer, half_sent_streams, heard, is_closed, request, spoken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.frontdoor.halves import Deliveries
    from tests.integration.frontdoor.secure import Secure
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.timed]

CROWD = 100
SILENT = 20
CLOSED_S = 3.0
ANSWERED_S = 1.0
LASTS_S = 1.0
WEBHOOK = "/api/v1/whatsapp/webhook"
UPLOADS = "/api/v1/media"


def port_of(guarded: Guarded, door: str) -> int:
    ports = guarded.house.formation.ports
    return ports.site if door == "front door" else ports.web


@pytest.mark.long
@pytest.mark.parametrize("door", ["front door", "web process"])
@pytest.mark.parametrize(
    ("method", "path", "length"),
    [
        ("POST", UPLOADS, 50_000_000),
        ("POST", UPLOADS, 1000),
        ("PATCH", UPLOADS, 50_000_000),
        ("POST", WEBHOOK, 3_000_000),
        ("POST", WEBHOOK.replace("k", "%6b"), 3_000_000),
        ("POST", "/api/v1/auth/login", 100),
        ("GET", "/console/app.js", 50_000_000),
        ("PUT", "/nowhere", 50_000_000),
    ],
)
def test_a_crowd_of_half_sent_requests_holds_up_no_delivery(
    guarded: Guarded, deliveries: Deliveries, door: str, method: str, path: str, length: int
) -> None:
    with HalfSent(port_of(guarded, door), path, CROWD, method=method, length=length):
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S


@pytest.mark.parametrize("path", [UPLOADS, WEBHOOK])
def test_nor_does_one_connection_with_many_half_sent_streams(
    secure: Secure, deliveries: Deliveries, path: str
) -> None:
    with half_sent_streams(secure.https, path, 20):
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S


def test_nor_do_heads_that_never_end_at_the_web_process(guarded: Guarded, deliveries: Deliveries) -> None:
    with contextlib.ExitStack() as crowd:
        for _ in range(CROWD):
            crowd.enter_context(spoken(guarded.house.formation.ports.web, b"GET / HTTP/1.1\r\nHost: "))
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S


@pytest.mark.long
def test_uploads_of_somebody_who_is_logged_in_take_their_own_places_and_no_others(
    guarded: Guarded, deliveries: Deliveries
) -> None:
    fields = (
        f"Authorization: Bearer {guarded.agent.token}",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 50000000",
    )
    said = request("POST", UPLOADS, *fields, body=b"--x\r\n")
    with contextlib.ExitStack() as crowd:
        sent = [crowd.enter_context(spoken(guarded.house.formation.ports.site, said)) for _ in range(8)]
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S
        assert guarded.house.request("GET", "/conversations").status_code == 200
        answers = [heard(half) for half in sent]
    statuses = sorted(answer[9:12] for answer in answers)
    assert statuses == [b"408"] * 4 + [b"503"] * 4
    assert {code for code in (b"busy", b"too_slow") if any(code in answer for answer in answers)} == {
        b"busy",
        b"too_slow",
    }


@pytest.mark.parametrize("door", ["front door", "web process"])
@pytest.mark.parametrize(
    ("path", "length", "refusal"),
    [
        (UPLOADS, 50_000_000, b"not_logged_in"),
        (WEBHOOK, 5_000_000, b"too_large"),
        ("/nowhere", 50_000_000, b"not_found"),
    ],
)
def test_who_is_refused_is_told_and_the_connection_closed(
    guarded: Guarded, door: str, path: str, length: int, refusal: bytes
) -> None:
    began = time.monotonic()
    with spoken(
        port_of(guarded, door), request("POST", path, f"Content-Length: {length}", body=b"ab")
    ) as sock:
        answer = heard(sock)
    assert time.monotonic() - began < ANSWERED_S
    assert refusal in answer
    assert b"connection: close" in answer.lower()
    assert b"parley-body" not in answer.lower() or door == "web process"


@pytest.mark.long
@pytest.mark.parametrize(
    ("door", "left_open"),
    # Go's server now and then waits on for a body it has refused (docs/deploy.md).
    [("front door", SILENT // 4), ("web process", 0)],
)
def test_who_never_ends_a_request_is_told_too_and_the_connection_closed(
    guarded: Guarded, door: str, left_open: int
) -> None:
    said = request("POST", "/api/v1/auth/login", "Content-Length: 100", body=b"ab")
    began = time.monotonic()
    with contextlib.ExitStack() as crowd:
        silent = [crowd.enter_context(spoken(port_of(guarded, door), said)) for _ in range(SILENT)]
        answers = [answer(sock) for sock in silent]
        assert time.monotonic() - began < WHOLE_S + 2
        still_open = sum(not is_closed(sock, CLOSED_S) for sock in silent)
    assert all(b"too_slow" in text and b"connection: close" in text.lower() for text in answers)
    assert still_open <= left_open


def test_the_front_door_itself_ends_bodies_that_nobody_answers(tmp_path: Path) -> None:
    limit, said = "read_body 5m", request("POST", "/api/v1/auth/login", "Content-Length: 100", body=b"ab")
    as_it_stands = CADDYFILE.read_text()
    assert limit in as_it_stands
    (tmp_path / "Caddyfile").write_text(as_it_stands.replace(limit, "read_body 1s"))
    # It takes connections and says nothing, as a web process may.
    with socket.create_server(("127.0.0.1", 0)) as hung:
        port = hung.getsockname()[1]
        with (
            Caddy(tmp_path, web_port=port, ws_port=port, caddyfile=tmp_path / "Caddyfile") as door,
            spoken(door.port, said) as sock,
        ):
            assert heard(sock).startswith(b"HTTP/1.1 ")


def test_a_client_that_keeps_its_closed_connections_open_holds_up_no_other(
    guarded: Guarded, deliveries: Deliveries
) -> None:
    with contextlib.ExitStack() as crowd:
        for _ in range(20):
            said = request("GET", "/healthz", "Connection: close")
            sock = crowd.enter_context(spoken(guarded.house.formation.ports.web, said))
            assert heard(sock).startswith(b"HTTP/1.1 200")
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S


def test_nor_does_one_that_asks_on_and_on_and_reads_nothing(guarded: Guarded, deliveries: Deliveries) -> None:
    said = request("GET", "/console/app.js") * 500
    with contextlib.ExitStack() as crowd:
        for _ in range(20):
            crowd.enter_context(spoken(guarded.house.formation.ports.web, said, reads=4096))
        assert deliveries.slowest_s(LASTS_S) < ANSWERED_S


def test_a_request_that_comes_in_pieces_is_answered_when_it_is_whole(guarded: Guarded) -> None:
    said = request("POST", "/api/v1/auth/login", "Content-Type: application/json", "Content-Length: 2")
    with spoken(guarded.house.formation.ports.web, b"") as sock:
        for piece in (said[:10], said[10:], b"{", b"}" + request("GET", "/healthz", "Connection: close")):
            sock.sendall(piece)
            time.sleep(0.05)
        answers = heard(sock)
    assert answers.count(b"HTTP/1.1 422") == 1
    assert answers.count(b"HTTP/1.1 200") == 1


def test_the_house_is_as_it_was(guarded: Guarded) -> None:
    assert wait_until(lambda: guarded.house.request("GET", "/readyz").json()["status"] == "ok", 10)
    assert "Traceback" not in guarded.house.formation.process("web").log.read_text()
