"""Bills: what Meta tells of a payment stands beside the message's status, in whatever order it comes."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from models.database import database, rows
from models.ledger import parked
from models.messages import outbound
from schema.events import MessageStatus
from tests.integration.models.tables import NOON, NUMBER, empty, message, one, status, store, view
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Payment

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


def payment(word: str, wamid: str = "wamid.1", minutes: int = 0, **more: Any) -> Payment:
    fields: dict[str, Any] = {
        "callback_id": None,
        "reference_id": "bill-1",
        "amount": {"value": 2100, "offset": 100},
    }
    fields |= {"currency": "INR", "transaction": {"id": "o1", "status": word}}
    at = NOON + timedelta(minutes=minutes)
    return Payment(phone_number_id=NUMBER, wamid=wamid, status=word, at=at, **(fields | more))


@pytest.mark.parametrize("word", ["pending", "captured", "failed"])
def test_news_of_a_payment_moves_no_status_and_is_told(word: str) -> None:
    store(message(direction="echo"), status(word="sent"))
    (event,) = store(payment(word))
    assert isinstance(event, MessageStatus)
    assert (event.status, event.error, event.payment) == ("sent", None, view().payment)
    shown = view().payment
    assert shown is not None
    assert (shown.status, shown.at, shown.reference_id, shown.currency) == (word, NOON, "bill-1", "INR")
    assert "failed" not in view().status_times


def test_the_same_news_of_a_payment_again_tells_nobody() -> None:
    store(message(direction="echo"), payment("pending"))
    assert store(payment("pending")) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_bill_that_was_paid_at_last_is_paid_in_whatever_order_that_is_told(order: tuple[int, ...]) -> None:
    empty()
    store(message(direction="echo"))
    payments = [payment("pending"), payment("failed", minutes=1), payment("captured", minutes=2)]
    for index in order:
        store(payments[index])
    assert view().payment.status == "captured"  # type: ignore[union-attr]


def test_a_payment_told_before_its_message_is_known_waits_for_it() -> None:
    store(payment("captured"))
    assert one("SELECT key FROM parked_update") == f"payment captured {NOON}"
    store(message(direction="echo"))
    assert view().payment.status == "captured"  # type: ignore[union-attr]
    assert not parked.collect().payments


def test_who_has_the_bill_does_not_get_it_twice_because_the_message_is_said_to_have_failed() -> None:
    store(message(direction="echo"))
    rows("UPDATE message SET direction = 'outbound'")
    problem = GraphProblem(131000, "Something went wrong", "", ErrorClass.TRANSIENT)
    store(payment("pending"), status(word="failed", problem=problem))
    assert view().status == "failed"
    with database.atomic():
        assert outbound.retry(view().id) == []
