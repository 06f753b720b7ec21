"""The newest events in memory."""

from __future__ import annotations

from wsgateway.hub import Scope
from wsgateway.tail import Entry, Tail, position


def entry(number: int, size: int = 1, scope: Scope = None) -> Entry:
    return Entry((number, 0), f"{number}-0", scope, b"x" * size)


def tail_of(*numbers: int, keep: int = 3, keep_bytes: int = 1000) -> Tail:
    tail = Tail(keep, keep_bytes)
    for number in numbers:
        tail.append(entry(number))
    return tail


def test_ids_order_by_number_and_not_as_text() -> None:
    assert position("9-10") < position("10-2") < position("10-11")


def test_a_fresh_tail_holds_the_beginning_and_nothing_after_it() -> None:
    tail = tail_of()
    assert tail.holds((0, 0))
    assert tail.reaches((0, 0))
    assert tail.after((0, 0), 10) == []


def test_events_after_a_place_come_in_order_and_at_most_as_many_as_asked_for() -> None:
    tail = tail_of(1, 2, 3, 4)
    assert [item.id for item in tail.after((2, 0), 10)] == ["3-0", "4-0"]
    assert [item.id for item in tail.after((0, 0), 2)] == ["1-0", "2-0"]
    assert tail.last_id == "4-0"


def test_of_one_conversation_only_its_own_events_come() -> None:
    tail = Tail()
    for number in range(1, 8):
        tail.append(entry(number, scope="ab"[number % 2]))
    assert [item.id for item in tail.after((2, 0), 10, "b")] == ["3-0", "5-0", "7-0"]
    assert [item.id for item in tail.after((2, 0), 2, "b")] == ["3-0", "5-0"]


def test_old_events_go_and_the_tail_knows_what_it_no_longer_reaches() -> None:
    tail = tail_of(*range(1, 8))
    assert not tail.reaches((3, 0))
    assert tail.reaches((4, 0))
    assert tail.holds((4, 0))
    assert [item.id for item in tail.after((4, 0), 10)] == ["5-0", "6-0", "7-0"]


def test_large_events_go_by_their_bytes() -> None:
    tail = Tail(keep=1000, keep_bytes=10)
    for number in range(1, 6):
        tail.append(entry(number, size=5))
    assert tail.reaches((3, 0))
    assert not tail.reaches((2, 0))


def test_an_event_larger_than_the_whole_tail_leaves_it_empty_but_in_place() -> None:
    tail = Tail(keep=1000, keep_bytes=10)
    tail.append(entry(1, size=50))
    assert tail.holds((1, 0))
    assert tail.after((1, 0), 10) == []


def test_an_id_that_never_was_is_not_held() -> None:
    tail = tail_of(1, 3)
    assert not tail.holds((2, 0))
    assert not tail.holds((4, 0))


def test_a_restarted_tail_begins_where_it_is_told() -> None:
    tail = tail_of(5, 6)
    tail.restart("2-0")
    assert tail.last_id == "2-0"
    assert tail.holds((2, 0))
    assert tail.after((0, 0), 10) == []


def carrying(number: int, message: str, deleted: str = "null") -> Entry:
    body = b'{"message":{"id":"%s","deleted_at":%s}}' % (message.encode(), deleted.encode())
    return Entry((number, 0), f"{number}-0", "c1", body)


def test_what_a_deleted_message_said_is_sent_no_more_and_its_place_is_known() -> None:
    tail = Tail()
    for event in (carrying(1, "a"), carrying(2, "b"), carrying(3, "a"), carrying(4, "a", '"now"')):
        tail.append(event)
    tail.forget(b"a")
    assert [item.id for item in tail.after((0, 0), 10)] == ["2-0", "4-0"]
    assert [item.id for item in tail.after((0, 0), 10, "c1")] == ["2-0", "4-0"]
    assert [item.id for item in tail.after((1, 0), 1)] == ["2-0"]
    assert tail.holds((3, 0))
    assert tail.reaches((1, 0))
