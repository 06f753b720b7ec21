"""What Meta refuses because of the number is no fault of the message: it stays queued, and the number is held."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from engines.formation import ROOT
from tests.integration.sends.customer import Customer

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

MISTYPED = "202000000000001"
HELLO = {"name": "hello_world", "language": {"code": "en_US"}}


def parley(house: House, *arguments: str) -> str:
    """What the operator's command prints, failed checks or not."""
    printed = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        env=house.formation.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert printed.returncode in (0, 1), printed.stderr
    return printed.stdout


def try_now(house: House) -> None:
    """The time of the hold is over, and that of those who let others go first."""
    house.ask("UPDATE number_hold SET until = now()")
    house.ask(
        "UPDATE message SET next_attempt_at = now() WHERE status = 'queued' AND next_attempt_at > now()"
    )


def refused(customer: Customer, message: str, code: int) -> dict[str, Any]:
    """The message once Meta has refused it with this code and it waits again."""

    def waits() -> dict[str, Any] | None:
        shown = customer.message(message)
        error = shown["error"] or {}
        return shown if (shown["status"], error.get("code")) == ("queued", code) else None

    return dict(customer.house.eventually(waits, what=f"{message} refused with {code}"))


@pytest.mark.parametrize(
    ("code", "subcode", "mend"),
    [(133010, 0, "Register it"), (100, 33, "Phone number ID"), (33, 0, "Phone number ID"), (135000, 0, "")],
)
def test_a_refusal_that_concerns_the_number_holds_it_and_loses_nothing(
    customer: Customer, another: Customer, code: int, subcode: int, mend: str
) -> None:
    house = customer.house
    customer.spoil("graph_error", code=code, subcode=subcode, status=400)
    first = customer.say("First")
    error = refused(customer, first, code)["error"]
    assert error["class"] == "account"
    assert house.meta.number in error["advice"]
    assert mend in error["advice"]
    hold = house.eventually(customer.hold, what="the number held")
    assert (hold["error"]["code"], hold["error"]["advice"]) == (code, error["advice"])
    second = another.say("Second")
    try_now(house)
    for person, message in ((customer, first), (another, second)):
        person.wait_for(message, "read")
    assert customer.hold() is None


@pytest.fixture
def mistyped(house: House) -> Iterator[str]:
    """A number somebody added with a wrong id."""
    added = house.request("POST", "/numbers", json={"phone_number_id": MISTYPED})
    assert added.ok, added.text
    yield MISTYPED
    house.ask("UPDATE message SET status = 'failed' WHERE phone_number_id = %s", MISTYPED)
    house.request("DELETE", f"/numbers/{MISTYPED}")


def test_a_mistyped_phone_number_id_keeps_the_queue_and_is_told_as_what_it_is(
    house: House, phones: Iterator[str], mistyped: str
) -> None:
    body = {"phone_number_id": mistyped, "type": "template", "template": HELLO}
    sent = [
        house.request("POST", "/messages/send", json=body | {"to": next(phones)}).json()["id"]
        for _ in range(3)
    ]

    def standing() -> Any:
        listed = house.request("GET", "/numbers").json()["data"]
        standing_shown = next(number for number in listed if number["phone_number_id"] == mistyped)[
            "standing"
        ]
        return standing_shown and standing_shown["hold"]

    hold = house.eventually(standing, what="the mistyped number held")
    assert f"The number {mistyped}" in hold["error"]["advice"]
    states = "SELECT DISTINCT status FROM message WHERE id = ANY(%s::uuid[])"
    house.eventually(lambda: house.ask(states, sent) == [("queued",)], what="all of them queued")
    listed = parley(house, "number", "list")
    assert "Meta knows no number with this id" in listed[listed.index(mistyped) :]
    told_line = next(line for line in parley(house, "doctor").splitlines() if f"number {mistyped}" in line)
    assert told_line.startswith("FAIL")
    assert "Phone number ID" in told_line


def test_doctor_knows_a_mistyped_phone_number_id_before_anything_is_sent(house: House, mistyped: str) -> None:
    told_line = [line for line in parley(house, "doctor").splitlines() if f"number {mistyped}" in line]
    assert len(told_line) == 1
    assert told_line[0].startswith("FAIL")
    assert "Meta refuses (100)" in told_line[0]
    assert "Phone number ID" in told_line[0]


def test_a_message_that_alone_is_to_blame_fails_once_the_number_has_sent_another(
    customer: Customer, another: Customer
) -> None:
    house = customer.house
    customer.spoil("graph_error", code=131058, status=400, times=2)
    blamed = customer.say("Hello world")
    refused(customer, blamed, 131058)
    another.wait_for(another.say("Something else"), "queued", "sending", "accepted", "sent", "read")
    house.ask("UPDATE number_hold SET until = now()")
    another.wait_for(another.say("And more"), "read")
    assert customer.hold() is None
    try_now(house)
    another.say("Wakes the sender")
    failed = customer.wait_for(blamed, "failed")
    assert (failed["error"]["code"], failed["error"]["class"]) == (131058, "content")
    assert customer.hold() is None


def test_a_code_that_comes_as_text_in_a_status_is_a_code(customer: Customer) -> None:
    house = customer.house
    house.sandbox("PATCH", "settings", statuses={"muted": True})
    try:
        message = customer.say("Billed")
        wamid = customer.wait_for(message, "accepted")["wamid"]
        problem = {"code": "131042", "title": "Business eligibility payment issue"}
        status = house.meta.status(wamid, "failed", customer.phone, errors=[problem])
        assert house.deliver(house.meta.body(house.meta.value(statuses=[status]))).status_code == 200
        error = customer.wait_for(message, "failed")["error"]
    finally:
        house.sandbox("PATCH", "settings", statuses={"muted": False})
    assert (error["code"], error["class"]) == (131042, "account")
    assert house.meta.number in error["advice"]
