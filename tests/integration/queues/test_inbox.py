"""Both ends of the inbox on a real Valkey: nothing lost, nothing left behind, and the flag always right."""

from __future__ import annotations

import queue
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import redis

from engines.valkey import Valkey
from ground.fence import Fence, Fenced
from queues.inbox import ATTEMPTS, STREAM, Entry, Inbox, InboxFull

pytestmark = pytest.mark.integration
MANY, MUCH = 200, 8 * 1024 * 1024


def bodies(entries: list[Entry]) -> list[bytes]:
    return [entry.body for entry in entries]


def test_the_first_delivery_wakes_a_drain_and_those_behind_it_do_not(inbox: Inbox) -> None:
    assert [inbox.append(b"1"), inbox.append(b"2"), inbox.append(b"3")] == [True, False, False]
    assert inbox.due()


def test_deliveries_are_taken_oldest_first_and_held_until_done(inbox: Inbox) -> None:
    for n in range(3):
        inbox.append(b"%d" % n)
    taken = inbox.take(MANY, MUCH).entries
    assert bodies(taken) == [b"0", b"1", b"2"]
    assert inbox.take(MANY, MUCH).entries == []
    assert inbox.pending() == taken
    inbox.done(taken)
    assert (inbox.pending(), inbox.backlog().entries) == ([], 0)


@pytest.mark.parametrize("body", [b"", b"\x00\r\n\xff" * 9, b"x" * 3_000_000])
def test_a_body_comes_out_byte_for_byte(inbox: Inbox, body: bytes) -> None:
    inbox.append(body)
    assert bodies(inbox.take(MANY, MUCH).entries) == [body]
    assert bodies(inbox.pending()) == [body]


def test_the_flag_stays_up_while_something_may_be_left_and_comes_down_on_nothing(inbox: Inbox) -> None:
    inbox.append(b"1")
    inbox.take(MANY, MUCH)
    assert inbox.due()
    assert inbox.append(b"2") is False
    inbox.take(MANY, MUCH)
    inbox.take(MANY, MUCH)
    assert not inbox.due()
    assert inbox.append(b"3") is True


def test_a_take_is_bounded_in_number(inbox: Inbox) -> None:
    for _ in range(30):
        inbox.append(b"x")
    assert [len(inbox.take(12, MUCH).entries) for _ in range(4)] == [12, 12, 6, 0]


def test_a_take_is_bounded_in_bytes_to_a_few_more(inbox: Inbox) -> None:
    for _ in range(40):
        inbox.append(b"x" * 1000)
    assert 5 <= len(inbox.take(MANY, 5_000).entries) <= 15


def test_one_delivery_is_taken_however_large(inbox: Inbox) -> None:
    inbox.append(b"x" * 10_000)
    assert len(inbox.take(MANY, 1).entries) == 1


def test_what_is_held_comes_in_pages(inbox: Inbox) -> None:
    for n in range(120):
        inbox.append(b"%d" % n)
    taken = inbox.take(MANY, MUCH).entries
    entries = page = inbox.pending()
    while page := inbox.pending(after=page[-1].id):
        entries = entries + page
    assert entries == taken


def test_what_somebody_deleted_by_hand_is_held_no_more(inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(b"1")
    inbox.append(b"2")
    first, second = inbox.take(MANY, MUCH).entries
    client.xdel(STREAM, first.id)
    assert inbox.pending() == [second]
    assert client.xpending(STREAM, "persist")["pending"] == 1


def test_a_full_inbox_takes_nothing_more_until_something_is_done(client: redis.Redis) -> None:
    small = Inbox(client, max_entries=2)
    small.append(b"1")
    small.append(b"2")
    with pytest.raises(InboxFull):
        small.append(b"3")
    assert small.backlog().entries == 2
    small.done(small.take(1, MUCH).entries)
    small.append(b"3")
    assert bodies(small.take(MANY, MUCH).entries) == [b"2", b"3"]


def test_the_backlog_says_how_many_wait_and_since_when(inbox: Inbox) -> None:
    assert inbox.backlog() == (0, 0.0)
    inbox.append(b"1")
    time.sleep(0.02)
    inbox.append(b"2")
    waiting = inbox.backlog()
    assert waiting.entries == 2
    assert 0.01 < waiting.oldest_s < 5


def test_the_newest_delivery_is_remembered_after_it_is_done(inbox: Inbox) -> None:
    assert inbox.last_accepted() is None
    inbox.append(b"1")
    inbox.done(inbox.take(MANY, MUCH).entries)
    accepted = inbox.last_accepted()
    assert accepted is not None
    assert datetime.now(UTC) - accepted < timedelta(seconds=5)


def test_the_last_rejection_is_remembered_with_its_reason(inbox: Inbox) -> None:
    assert inbox.last_rejected() is None
    inbox.note_rejected("mismatch", "The signature does not match the body", "Check the secret.")
    rejected = inbox.last_rejected()
    assert rejected is not None
    assert (rejected.name, rejected.text) == ("mismatch", "The signature does not match the body")
    assert rejected.mend == "Check the secret."


def test_attempts_are_counted_and_forgotten_with_the_delivery(inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(b"1")
    (entry,) = inbox.take(MANY, MUCH).entries
    assert [inbox.count_attempt(entry), inbox.count_attempt(entry), inbox.count_attempt(entry, by=-1)] == [
        1,
        2,
        1,
    ]
    inbox.done([entry])
    assert not client.exists(ATTEMPTS)


def test_of_a_delivery_that_is_done_nothing_is_counted(inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(b"1")
    (entry,) = inbox.take(MANY, MUCH).entries
    inbox.count_attempt(entry)
    inbox.done([entry])
    assert [inbox.count_attempt(entry, by=-1), inbox.count_attempt(entry)] == [0, 0]
    assert not client.exists(ATTEMPTS)


def test_who_lost_the_drain_counts_nothing(inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(b"1")
    (entry,) = inbox.take(MANY, MUCH, fence=Fence(0, 2)).entries
    with pytest.raises(Fenced):
        inbox.count_attempt(entry, fence=Fence(0, 1))
    assert not client.exists(ATTEMPTS)


def test_a_redis_that_lost_everything_is_an_empty_inbox_that_works(inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(b"1")
    inbox.take(MANY, MUCH)
    client.flushall()
    assert (inbox.pending(), inbox.take(MANY, MUCH).entries, inbox.backlog().entries) == ([], [], 0)
    assert inbox.append(b"2") is True
    assert bodies(inbox.take(MANY, MUCH).entries) == [b"2"]


def test_an_outage_of_any_number_of_refused_deliveries_ends_with_it(
    inbox: Inbox, shared_valkey: Valkey
) -> None:
    inbox.append(b"before")
    shared_valkey.stop()
    # More than a client's pool makes connections.
    for _ in range(200):
        with pytest.raises(redis.RedisError):
            inbox.append(b"meanwhile")
    shared_valkey.start()
    inbox.append(b"after")
    assert bodies(inbox.take(MANY, MUCH).entries) == [b"before", b"after"]


def test_the_flag_goes_down_by_itself_so_that_a_lost_call_is_repeated(
    inbox: Inbox, client: redis.Redis
) -> None:
    inbox.append(b"1")
    assert 0 < client.ttl("parley:inbox:due") <= 10


def test_many_appenders_against_a_drain_leave_nothing_behind_and_the_flag_right(inbox: Inbox) -> None:
    """A drain runs only where an append asked for one. If the flag were wrong once, something would stay."""
    calls: queue.Queue[bool] = queue.Queue()
    taken: list[bytes] = []

    def append(writer: int) -> None:
        for n in range(150):
            if inbox.append(b"%d-%d" % (writer, n)):
                calls.put(True)

    def drain() -> None:
        while calls.get():
            while entries := inbox.take(7, MUCH).entries:
                taken.extend(bodies(entries))
                inbox.done(entries)

    drainer = threading.Thread(target=drain)
    writers = [threading.Thread(target=append, args=(writer,)) for writer in range(8)]
    for thread in (drainer, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    calls.put(False)
    drainer.join(30)
    assert (inbox.backlog().entries, inbox.due()) == (0, False)
    assert sorted(taken) == sorted(b"%d-%d" % (writer, n) for writer in range(8) for n in range(150))
    for writer in range(8):
        own = [body_taken for body_taken in taken if body_taken.startswith(b"%d-" % writer)]
        assert own == [b"%d-%d" % (writer, n) for n in range(150)]
