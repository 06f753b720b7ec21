"""One caller who asks for too much is told to wait, and nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from faults.house import PRODUCTION
from faults.people.agents import Person, employ

if TYPE_CHECKING:
    import requests

    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.long]

# 40 requests of a session at once, 20 of an address without one.
SMALL = {"REQUEST_RATE": "2", "STRANGER_RATE": "1", "SEND_QUOTA": "3", "UPLOAD_QUOTA_BYTES": "3000"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    with start_house(tmp_path_factory.mktemp("strict"), "production", **PRODUCTION, **SMALL) as house:
        yield house


@pytest.fixture
def anna(strict: House, request: pytest.FixtureRequest) -> Person:
    """Somebody who has asked for nothing yet, with a session that is known."""
    person = employ(strict, f"anna{abs(hash(request.node.name))}@example.com", "agent")
    assert ask(strict, person).status_code == 200
    return person


def ask(house: House, person: Person, headers: dict[str, str] | None = None) -> requests.Response:
    return house.request("GET", "/auth/me", token=person.token, headers=headers)


def test_a_session_that_asks_too_much_waits_and_others_do_not(strict: House, anna: Person) -> None:
    answers = [ask(strict, anna) for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert answers[0].headers["RateLimit-Policy"] == '"session";q=40;w=20'
    assert int(refused[-1].headers["Retry-After"]) >= 1
    assert refused[-1].json()["error"]["code"] == "too_many_requests"
    other = employ(strict, "other@example.com", "agent")
    assert ask(strict, other).status_code == 200
    assert "rate_limited" in strict.formation.process("web").log.read_text()


def test_a_stranger_who_asks_too_much_stops_neither_meta_nor_who_is_logged_in_at_that_address(
    strict: House, anna: Person, phone: str
) -> None:
    there = {"X-Forwarded-For": "198.51.100.1"}
    path = "/whatsapp/webhook/test"
    codes = [strict.request("GET", path, token="", headers=there).status_code for _ in range(40)]
    assert codes[-1] == 429
    # A new token each time does not help.
    assert strict.request("GET", "/auth/me", token="made-up", headers=there).status_code == 429
    assert ask(strict, anna, there).status_code == 200
    said = strict.meta.said(strict.meta.text(phone, "Hello"))
    signed = there | {"X-Hub-Signature-256": strict.meta.signature(said)}
    assert strict.request("POST", "/whatsapp/webhook", token="", data=said, headers=signed).status_code == 200


def test_whoever_has_just_logged_in_is_no_stranger_any_more(strict: House, anna: Person) -> None:
    there = {"X-Forwarded-For": "198.51.100.2"}
    body = {"email": anna.email, "password": anna.password}
    token = strict.request("POST", "/auth/login", json=body, headers=there).json()["token"]
    answer = strict.request("GET", "/auth/me", token=token, headers=there)
    assert answer.headers["RateLimit-Policy"] == '"session";q=40;w=20'


def test_an_agent_may_have_so_many_messages_sent_in_a_minute(strict: House, anna: Person, phone: str) -> None:
    conversation = strict.converse(phone)
    body = {"conversation_id": conversation, "type": "text", "text": {"body": "Hello"}}
    codes = [
        strict.request("POST", "/messages/send", json=body, token=anna.token).status_code for _ in range(5)
    ]
    assert codes == [202, 202, 202, 429, 429]


def test_an_agent_may_upload_so_many_bytes_in_an_hour(strict: House, anna: Person) -> None:
    file = {"file": ("note.txt", b"x" * 1500, "text/plain")}
    codes = [strict.request("POST", "/media", files=file, token=anna.token).status_code for _ in range(3)]
    assert codes == [201, 429, 429]
