"""SIGKILL for the sender while a message is on its way to Meta: it goes out once, or a person is asked."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import oracle
import pytest

if TYPE_CHECKING:
    from subscriber import Subscriber

    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.fault]

# Longer than the lease: the call hangs until its sender is dead and its lease is over.
HANG_S = 8.0
LEASE_OVER_S = 15.0
FINAL = {"unconfirmed", "accepted", "sent", "delivered", "read"}


def ask(house: House, phone: str, words: str = "Hello") -> str:
    """Ask for a message; returns its id."""
    answer = house.request(
        "POST", "/messages/send", json={"to": phone, "type": "text", "text": {"body": words}}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def shown(house: House, message_id: str) -> dict[str, Any]:
    return dict(house.request("GET", f"/messages/{message_id}").json())


def await_status(house: House, message_id: str, status: str) -> None:
    house.eventually(lambda: shown(house, message_id)["status"] == status, LEASE_OVER_S, f"status {status}")


def test_a_send_that_meta_took_before_its_sender_died_is_recognised_by_its_status(
    fragile: House, phone: str, restarted: Callable[[str], None]
) -> None:
    fragile.converse(phone)
    fragile.sandbox("POST", "faults", kind="hang", to=phone, accept=True, seconds=HANG_S)
    message = ask(fragile, phone)
    fragile.eventually(lambda: fragile.sent(message), what="the sandbox taking it")
    restarted("sender")
    await_status(fragile, message, "read")
    (taken,) = fragile.sent(message)
    assert shown(fragile, message)["wamid"] == taken["wamid"]
    oracle.settle(fragile)


def test_a_send_whose_fate_nobody_knows_is_unconfirmed_and_not_repeated(
    fragile: House, phone: str, restarted: Callable[[str], None]
) -> None:
    fragile.converse(phone)
    fragile.sandbox("PATCH", "settings", statuses={"muted": True})
    fragile.sandbox("POST", "faults", kind="hang", to=phone, accept=True, seconds=HANG_S)
    message = ask(fragile, phone)
    fragile.eventually(lambda: fragile.sent(message), what="the sandbox taking it")
    restarted("sender")
    await_status(fragile, message, "unconfirmed")
    # The next of this conversation goes out after it, so the sender has been here again.
    behind = ask(fragile, phone, "And another thing")
    fragile.eventually(lambda: fragile.sent(behind), what="the one behind it")
    assert len(fragile.sent(message)) == 1
    assert shown(fragile, message)["error"]["title"]
    oracle.settle(fragile)


def test_a_send_that_meta_never_took_is_sent_again_when_a_person_asks_and_marked_as_a_possible_repeat(
    fragile: House, phone: str, restarted: Callable[[str], None]
) -> None:
    fragile.converse(phone)
    fragile.sandbox("POST", "faults", kind="hang", to=phone, seconds=HANG_S)
    message = ask(fragile, phone)
    fragile.eventually(lambda: fragile.sandbox("GET", "faults")["faults"] == [], what="the call hanging")
    restarted("sender")
    await_status(fragile, message, "unconfirmed")
    assert fragile.sent(message) == []
    assert fragile.request("POST", f"/messages/{message}/retry").status_code == 202
    await_status(fragile, message, "read")
    assert len(fragile.sent(message)) == 1
    assert shown(fragile, message)["possible_duplicate"] is True
    oracle.settle(fragile)


def test_a_message_asked_for_while_no_sender_runs_goes_out_when_one_does(fragile: House, phone: str) -> None:
    fragile.converse(phone)
    fragile.formation.kill("sender")
    asked = [ask(fragile, phone, f"Number {number}") for number in range(5)]
    fragile.formation.restart("sender")
    for message in asked:
        await_status(fragile, message, "read")
    taken = fragile.sandbox("GET", f"messages?to={phone}")["messages"]
    assert [each["biz_opaque_callback_data"] for each in taken] == asked


def test_a_sender_killed_again_and_again_repeats_no_message_and_keeps_their_order(
    fragile: House, phones: Iterator[str], restarted: Callable[[str], None], subscriber: Subscriber
) -> None:
    customers = list(itertools.islice(phones, 4))
    for customer in customers:
        fragile.converse(customer)
    asked = {customer: [ask(fragile, customer, f"{n}") for n in range(15)] for customer in customers}
    for goal in (8, 20, 32):
        fragile.eventually(lambda goal=goal: len(taken_of(fragile, customers)) >= goal, what=f"{goal} sends")
        restarted("sender")
    messages = [message for each in asked.values() for message in each]
    fragile.eventually(
        lambda: {shown(fragile, each)["status"] for each in messages} <= {"read", "unconfirmed"},
        30,
        "every message being final",
    )
    taken = taken_of(fragile, customers)
    assert set(Counter(taken).values()) == {1}
    unsent = set(messages) - set(taken)
    assert {shown(fragile, each)["status"] for each in unsent} <= {"unconfirmed"}
    for customer, wanted in asked.items():
        assert [each for each in taken if each in set(wanted)] == [each for each in wanted if each in taken]
        assert customer
    oracle.settle(fragile)
    # A killed sender may leave at most what it had under way: one message a conversation and kill.
    assert len(unsent) <= 3 * len(customers)
    for message in taken:
        assert subscriber.statuses(message)[-1] == shown(fragile, message)["status"]


def taken_of(house: House, customers: list[str]) -> list[str]:
    """The ids of our messages that the sandbox took for these customers, in its order."""
    listed = house.sandbox("GET", "messages?limit=1000")["messages"]
    return [each["biz_opaque_callback_data"] for each in listed if each["request"].get("to") in customers]
