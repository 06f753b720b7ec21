"""Calls: whose they are, how they stand, and one line for the thread."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from whatsapp.inbound.calls import call_preview, merged, read_call, read_call_status
from whatsapp.inbound.updates import Place

PLACE = Place("1", "106540352242922", "15550100001", None)
THEIRS, OURS = "16505550123", "+1 555-010-0001"


def call(**more: Any) -> Any:
    own = {"id": "wacid.1", "event": "connect", "from": THEIRS, "to": OURS, "timestamp": "1766836800"}
    return read_call(PLACE, {"contacts": [{"wa_id": THEIRS, "profile": {"name": "Kerry"}}]}, own | more)


def test_a_call_from_a_customer_is_theirs_with_or_without_a_direction() -> None:
    for more in ({}, {"direction": "USER_INITIATED"}):
        read = call(**more)
        assert (read.by_customer, read.customer.phone, read.customer.name) == (True, THEIRS, "Kerry")


def test_a_call_to_a_customer_is_ours_with_or_without_a_direction() -> None:
    for more in ({}, {"direction": "BUSINESS_INITIATED"}):
        read = call(**{"from": OURS, "to": THEIRS} | more)
        assert (read.by_customer, read.customer.phone) == (False, THEIRS)


def test_the_session_description_is_not_content() -> None:
    assert "session" not in call(session={"sdp": "v=0"}).content


@pytest.mark.parametrize(
    "more", [{"id": ""}, {"event": "hologram"}, {"event": None}, {"from": "", "to": ""}, {"from": "1" * 300}]
)
def test_what_is_no_call_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        call(**more)


def test_a_status_tells_how_far_a_call_of_ours_came() -> None:
    read = read_call_status(PLACE, {}, {"id": "wacid.1", "status": "RINGING", "recipient_id": THEIRS})
    assert (read.by_customer, read.customer.phone, read.content["event"]) == (False, THEIRS, "ringing")
    with pytest.raises(ValueError, match="delivered"):
        read_call_status(PLACE, {}, {"id": "wacid.1", "status": "delivered", "recipient_id": THEIRS})


NEWS = (
    {"event": "connect", "direction": "BUSINESS_INITIATED"},
    {"event": "ringing", "direction": "BUSINESS_INITIATED"},
    {"event": "accepted", "direction": "BUSINESS_INITIATED"},
    {"event": "terminate", "direction": "BUSINESS_INITIATED", "status": "COMPLETED", "duration": 61},
)


def test_news_of_a_call_says_the_same_in_any_order() -> None:
    ends = set()
    for order in itertools.permutations(NEWS):
        whole: dict[str, Any] = {}
        for content in order:
            whole = merged(whole, content)
        ends.add(repr(sorted(whole.items())))
    assert len(ends) == 1
    assert call_preview(merged(NEWS[3], NEWS[0])) == "Call, 1 min"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"event": "connect", "direction": "USER_INITIATED"}, "Incoming call"),
        ({"event": "connect", "direction": "BUSINESS_INITIATED"}, "Outgoing call"),
        ({"event": "rejected", "direction": "BUSINESS_INITIATED"}, "Call declined"),
        ({"event": "terminate", "direction": "USER_INITIATED", "status": "FAILED"}, "Missed call"),
        ({"event": "terminate", "direction": "USER_INITIATED"}, "Missed call"),
        ({"event": "terminate", "direction": "BUSINESS_INITIATED", "status": "FAILED"}, "Call not answered"),
        ({"event": "terminate", "status": "COMPLETED", "duration": 45}, "Call, 45 s"),
        ({"event": "terminate", "status": "COMPLETED", "duration": 120}, "Call, 2 min"),
        ({"event": "terminate", "status": "COMPLETED", "duration": 3720}, "Call, 1 h 2 min"),
    ],
)
def test_a_call_is_one_line_of_the_thread(content: dict[str, Any], line: str) -> None:
    assert call_preview(content) == line
