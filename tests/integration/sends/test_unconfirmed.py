"""Sends whose answer was lost: what a status, the grace time, the policy and a person make of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from health.vitals import SWEPT
from tests.integration.sends.customer import Customer

if TYPE_CHECKING:
    from faults.house import House

pytestmark = [pytest.mark.integration, pytest.mark.long]
GRACE_S = 3
LOST: dict[str, dict[str, Any]] = {
    "cut": {"kind": "cut", "accept": True},
    "timeout": {"kind": "hang", "accept": True, "seconds": 2},
}


@pytest.fixture
def silent(house: House) -> Iterator[House]:
    """The house, while Meta tells no statuses."""
    yield from _silent(house)


@pytest.fixture
def silent_resending(resending: House) -> Iterator[House]:
    """The same, of the house that resends."""
    yield from _silent(resending)


def _silent(house: House) -> Iterator[House]:
    house.sandbox("PATCH", "settings", statuses={"muted": True})
    yield house
    house.sandbox("PATCH", "settings", statuses={"muted": False})
    house.sandbox("DELETE", "faults")


def end_grace(house: House, message: str) -> None:
    house.ask("UPDATE message SET next_attempt_at = now() WHERE id = %s", message)


def await_sweeps(house: House) -> None:
    """Return once a whole sweep has been made from now on: when the second begins the first is over."""
    for _ in range(2):
        house.redis.delete(SWEPT)
        house.eventually(lambda: house.redis.exists(SWEPT), what="a sweep")


def test_one_is_left_to_a_person_however_long_that_takes(silent: House, phone: str) -> None:
    customer = Customer(silent, phone)
    customer.spoil(**LOST["cut"])
    message = customer.say("Was it sent?")
    error = customer.wait_for(message, "unconfirmed")["error"]
    assert (error["class"], error["code"]) == ("unconfirmed", None)
    end_grace(silent, message)
    await_sweeps(silent)
    assert (customer.message(message)["status"], len(customer.taken())) == ("unconfirmed", 1)
    silent.sandbox("PATCH", "settings", statuses={"muted": False})
    assert silent.request("POST", f"/messages/{message}/retry").status_code == 202
    sent = customer.wait_for(message, "read")
    assert (sent["possible_duplicate"], sent["error"], len(customer.taken())) == (True, None, 2)
    assert silent.request("POST", f"/messages/{message}/retry").status_code == 409


def test_one_is_sent_once_more_after_the_grace_time_and_marked(
    silent_resending: House, phones: Iterator[str]
) -> None:
    customers = {how: Customer(silent_resending, next(phones)) for how in LOST}
    sent = {}
    for how, customer in customers.items():
        customer.spoil(**LOST[how])
        sent[how] = customer.say("Was it sent?")
    for how, customer in customers.items():
        assert customer.wait_for(sent[how], "unconfirmed")["possible_duplicate"] is False
    for how, customer in customers.items():
        message = customer.wait_for(sent[how], "accepted")
        first, second = customer.taken()
        assert first["biz_opaque_callback_data"] == second["biz_opaque_callback_data"] == sent[how]
        assert second["at"] - first["at"] >= GRACE_S
        assert (message["possible_duplicate"], message["error"]) == (True, None)
        assert message["wamid"] == second["wamid"]


def test_one_that_is_lost_twice_is_not_sent_a_third_time(silent_resending: House, phone: str) -> None:
    customer = Customer(silent_resending, phone)
    customer.spoil(**LOST["cut"], times=5)
    message = customer.say("Was it sent?")
    customer.wait_for(message, "unconfirmed")
    end_grace(silent_resending, message)
    silent_resending.eventually(lambda: len(customer.taken()) == 2, what="the message sent once more")
    customer.wait_for(message, "unconfirmed")
    end_grace(silent_resending, message)
    await_sweeps(silent_resending)
    assert (customer.message(message)["status"], len(customer.taken())) == ("unconfirmed", 2)


def test_one_that_a_status_settles_within_the_grace_time_is_never_sent_again(
    silent_resending: House, phone: str
) -> None:
    house, customer = silent_resending, Customer(silent_resending, phone)
    customer.spoil(**LOST["cut"])
    message = customer.say("The status tells")
    customer.wait_for(message, "unconfirmed")
    (taken,) = customer.taken()
    house.sandbox("POST", "statuses", wamid=taken["wamid"], status="delivered")
    settled = customer.wait_for(message, "delivered")
    assert (settled["wamid"], settled["possible_duplicate"]) == (taken["wamid"], False)
    end_grace(house, message)
    await_sweeps(house)
    assert customer.message(message)["status"] == "delivered"
    assert len(customer.taken()) == 1
