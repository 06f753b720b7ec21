"""The wire forms of the bus, without a Redis."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.bus import (
    BEGINNING,
    Recorded,
    parse_entries,
    parse_payload,
    reaches_back,
    stream_id,
    transient_payload,
)
from schema.events import AgentTyping, encode

ENTRY = (b"5-0", {b"c": b"", b"e": b"{}"})


def test_a_frame_is_the_event_with_its_id_in_front() -> None:
    frame = Recorded("7-1", "c1", b'{"type":"presence","at":"now"}').frame()
    assert json.loads(frame) == {"id": "7-1", "type": "presence", "at": "now"}
    assert frame.startswith(b'{"id":')


def test_a_transient_event_has_no_id_to_come_back_with() -> None:
    assert Recorded("-", None, b'{"type":"presence"}').frame() == b'{"type":"presence"}'


def test_a_payload_of_several_lines_is_several_events_in_order() -> None:
    payload = b'1-0 c1 {"a": "with spaces"}\n1-1 - {}'
    assert list(parse_payload(payload)) == [
        Recorded("1-0", "c1", b'{"a": "with spaces"}'),
        Recorded("1-1", None, b"{}"),
    ]


def test_an_audience_stands_behind_the_conversation() -> None:
    assert list(parse_payload(b"1-0 c1|team:7,agent:9 {}\n1-1 -|team:7 {}")) == [
        Recorded("1-0", "c1", b"{}", "team:7,agent:9"),
        Recorded("1-1", None, b"{}", "team:7"),
    ]
    ((recorded),) = parse_entries([(b"1-0", {b"c": b"c1", b"e": b"{}", b"a": b"team:7"})])
    assert recorded == Recorded("1-0", "c1", b"{}", "team:7")


def test_an_entry_of_the_history_without_a_conversation_has_none() -> None:
    entries = [(b"1-0", {b"c": b"c1", b"e": b"{}"}), ENTRY]
    assert list(parse_entries(entries)) == [Recorded("1-0", "c1", b"{}"), Recorded("5-0", None, b"{}")]


@given(st.text(), st.none() | st.uuids().map(str))
def test_a_transient_event_survives_the_wire_whatever_its_text(
    user_id: str, conversation: str | None
) -> None:
    event = AgentTyping(conversation_id=conversation, user_id=user_id, on=True)
    (recorded,) = parse_payload(transient_payload(event))
    assert (recorded.id, recorded.conversation_id, recorded.body) == ("-", conversation, encode(event))


@pytest.mark.parametrize("text", ["0-0", "1766836800000-0", "18446744073709551615-18446744073709551615"])
def test_an_event_id_is_an_id_of_the_stream(text: str) -> None:
    assert stream_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "1", "1-", "-1", "1-1-1", "1 -1", "-1-1", "+1-1", "$", ">", "(1-0", "1.5-0", "١-٠"),
        *("1-1\n", "0x1-0", "1_0-0", "18446744073709551616-0", "0-18446744073709551616"),
        *("9" * 38 + "-0", "1" * 5000 + "-0"),
    ],
)
def test_what_redis_would_refuse_or_misread_is_no_event_id(text: str) -> None:
    with pytest.raises(ValueError, match="is not an event id"):
        stream_id(text)


@pytest.mark.parametrize(
    ("since", "entries", "info", "reaches"),
    [
        ("5-0", [ENTRY], {"entries-added": 9, "length": 3}, True),
        ("4-0", [], {"entries-added": 9, "length": 3}, False),
        ("4-0", [], {"entries-added": 3, "length": 3}, False),
        ("4-0", [], {}, False),
        (BEGINNING, [], {}, True),
        (BEGINNING, [], {"entries-added": 3, "length": 3}, True),
        (BEGINNING, [], {"entries-added": 4, "length": 3}, False),
    ],
)
def test_a_client_is_told_whether_the_history_reaches_back(
    since: str, entries: list[Any], info: dict[str, int], reaches: bool
) -> None:
    assert reaches_back(since, entries, info) is reaches
