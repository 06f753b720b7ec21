"""Who got which event: each once, in order, and everybody."""

from __future__ import annotations

import msgspec
import pytest

from bench.load.events import BYTES, number_in, numbered
from bench.measures.tally import Tally

CONVERSATION = "0190a000-0000-7000-8000-00000000000b"


def test_everybody_has_an_event_when_the_last_has_it() -> None:
    tally = Tally(3)
    assert [tally.got(subscriber, 1) for subscriber in (2, 0, 1)] == [False, False, True]


def test_two_events_under_way_are_told_apart() -> None:
    tally = Tally(2)
    assert [tally.got(0, 1), tally.got(0, 2), tally.got(1, 1), tally.got(1, 2)] == [False, False, True, True]
    assert tally.frames == 4


@pytest.mark.parametrize("number", [1, 3, 0])
def test_an_event_repeated_lost_or_out_of_order_is_noticed(number: int) -> None:
    tally = Tally(2)
    tally.got(0, 1)
    with pytest.raises(ValueError, match=f"got event {number} after event 1"):
        tally.got(0, number)


@pytest.mark.parametrize("number", [1, 42, 8_999_999])
def test_an_event_has_its_length_and_its_number(number: int) -> None:
    event = numbered(CONVERSATION, number)
    assert len(event) == BYTES
    assert number_in(event) == number
    assert msgspec.json.decode(event)["conversation_id"] == CONVERSATION


def test_the_number_is_found_in_what_a_server_makes_of_the_event() -> None:
    assert number_in(b'42["event",' + numbered(CONVERSATION, 7) + b"]") == 7


def test_other_frames_have_no_number() -> None:
    assert number_in(b'{"type":"hello"}') is None
