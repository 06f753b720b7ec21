"""The oracle sees each way to lose, double or mix up a message, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faults.ledger import Said
from faults.oracle import Facts, Sent, judge, stored_of
from faults.people.subscriber import ReceivedEvent
from faults.tables.row import OR_FAILED, OR_UNCONFIRMED, SENT

ADA, BOB = "12025550100", "12025550101"


def new_message(number: int, wamid: str) -> ReceivedEvent:
    return ReceivedEvent(f"{number}-0", "new_message", f"message {wamid}", wamid, "received", 1)


def rise(number: int, message: str, status: str, revision: int) -> ReceivedEvent:
    return ReceivedEvent(f"{number}-0", "message_status", message, "", status, revision)


INCOMING = [Said(ADA, 1, "a1"), Said(BOB, 1, "b1"), Said(ADA, 2, "a2")]
OUTGOING = [Said(ADA, 1, "x1"), Said(ADA, 2, "x2")]
WELL = Facts(
    acked=INCOMING,
    posted={message.key: message for message in INCOMING},
    stored={"a1": 1, "b1": 1, "a2": 1},
    unread=3,
    asked=OUTGOING,
    sent={"x1": Sent("read", False), "x2": Sent("read", False)},
    accepted=["x1", "x2"],
    ends=SENT,
    silent=False,
    received=[
        new_message(1, "a1"),
        new_message(2, "b1"),
        new_message(3, "a2"),
        rise(4, "x1", "sent", 2),
        rise(5, "x1", "read", 3),
    ],
    statuses={"x1": "read", "x2": "read"},
)


def judged(**changed: object) -> tuple[int, int, int]:
    """How many were lost, doubled and out of order."""
    findings = judge(replace(WELL, **changed))  # type: ignore[arg-type]
    return len(findings.lost), len(findings.doubled), len(findings.out_of_order)


def test_where_all_is_well_nothing_is_found() -> None:
    assert judge(WELL).all() == []
    assert stored_of(WELL) == 5


def test_an_acknowledged_message_that_is_not_stored_is_lost() -> None:
    assert judged(stored={"a1": 1, "a2": 1}, unread=2) == (1, 0, 0)
    assert stored_of(replace(WELL, stored={"a1": 1, "a2": 1})) == 4


def test_one_that_is_stored_and_never_told_is_lost() -> None:
    assert judged(received=[new_message(1, "a1"), new_message(2, "b1")]) == (1, 0, 0)


def test_one_that_was_not_acknowledged_may_be_missing() -> None:
    posted = WELL.posted | {"a3": Said(ADA, 3, "a3")}
    assert judged(posted=posted) == (0, 0, 0)


def test_a_message_stored_twice_is_doubled() -> None:
    assert judged(stored={"a1": 2, "b1": 1, "a2": 1}) == (0, 1, 0)


def test_a_message_counted_twice_is_doubled() -> None:
    assert judged(unread=4) == (0, 1, 0)


def test_an_event_that_comes_twice_is_doubled() -> None:
    assert judged(received=[*WELL.received, WELL.received[-1]]) == (0, 1, 0)


def test_the_same_news_under_a_new_id_is_no_double() -> None:
    assert judged(received=[*WELL.received, new_message(6, "a2")]) == (0, 0, 0)


def test_customers_messages_told_late_are_out_of_order() -> None:
    assert judged(received=[new_message(1, "a2"), new_message(2, "b1"), new_message(3, "a1")]) == (0, 0, 1)


def test_an_event_with_a_lower_id_is_out_of_order() -> None:
    assert judged(received=[new_message(3, "a1"), new_message(2, "b1"), new_message(4, "a2")]) == (0, 0, 1)


def test_what_was_fetched_has_no_place_in_the_order() -> None:
    fetched = [ReceivedEvent("", "fetched", "message a2", "a2", "received", 1)]
    assert judged(received=[new_message(1, "a1"), *fetched, new_message(2, "b1")]) == (0, 0, 0)


def test_a_202_without_a_row_is_lost() -> None:
    assert judged(sent={"x1": Sent("read", False)}) == (1, 0, 0)


@pytest.mark.parametrize(("status", "ends"), [("unconfirmed", OR_UNCONFIRMED), ("failed", OR_FAILED)])
def test_a_message_may_rest_unsent_only_where_the_row_says_so(status: str, ends: frozenset[str]) -> None:
    changed = {
        "sent": {"x1": Sent("read", False), "x2": Sent(status, False)},
        "statuses": {"x1": "read", "x2": status},
        "accepted": ["x1"],
    }
    assert judged(**changed) == (1, 0, 0)
    assert judged(**changed, ends=ends) == (0, 0, 0)


def test_a_message_shown_as_sent_that_meta_never_took_is_lost() -> None:
    assert judged(accepted=["x1"]) == (1, 0, 0)


def test_an_unconfirmed_message_that_meta_told_of_is_lost_news() -> None:
    changed = {
        "sent": {"x1": Sent("read", False), "x2": Sent("unconfirmed", False)},
        "statuses": {"x1": "read", "x2": "unconfirmed"},
        "ends": OR_UNCONFIRMED,
    }
    assert judged(**changed) == (1, 0, 0)
    assert judged(**changed, silent=True) == (0, 0, 0)


def test_a_status_nobody_was_told_of_is_lost() -> None:
    assert judged(statuses={"x1": "read", "x2": "delivered"}) == (1, 0, 0)


def test_what_meta_took_twice_is_doubled_unless_it_is_marked() -> None:
    assert judged(accepted=["x1", "x2", "x2"]) == (0, 1, 0)
    marked = {"x1": Sent("read", False), "x2": Sent("read", True)}
    assert judged(accepted=["x1", "x2", "x2"], sent=marked) == (0, 0, 0)


def test_what_meta_took_before_the_one_asked_for_earlier_is_out_of_order() -> None:
    assert judged(accepted=["x2", "x1"]) == (0, 0, 1)


def test_a_status_that_falls_is_out_of_order_whenever_it_comes() -> None:
    fallen = [*WELL.received[:3], rise(4, "x1", "sent", 3), rise(5, "x1", "read", 2)]
    assert judged(received=fallen) == (0, 0, 1)


def test_a_message_that_is_tried_again_is_queued_again() -> None:
    again = [
        *WELL.received[:3],
        rise(4, "x1", "sending", 2),
        rise(5, "x1", "queued", 3),
        rise(6, "x1", "read", 4),
    ]
    assert judged(received=again) == (0, 0, 0)
