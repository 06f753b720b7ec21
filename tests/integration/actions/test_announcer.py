"""Events written with what they tell and published after the commit, at least once, in the order of their positions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from actions.announcing import Announcer
from engines.ports import free_port
from models.database import database, release, rows
from models.ledger import event_log
from realtime.bus import HISTORY, LIVE_CHANNEL, Bus
from realtime.connection import connect
from schema.events import FIRST_POSITION, Presence

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


@pytest.fixture
def announcer(bus: Bus) -> Announcer:
    return Announcer(bus)


@pytest.fixture
def cut_off() -> Announcer:
    """An announcer whose Redis is not there."""
    return Announcer(Bus(connect(f"redis://127.0.0.1:{free_port()}/0", timeout_s=0.5), 100))


def announce(announcer: Announcer, *names: str) -> None:
    with database.atomic():
        announcer.announce([Presence(user_id=name, status="online") for name in names])


def published(client: redis.Redis) -> list[str]:
    entries: Any = client.xrange(HISTORY)
    return [json.loads(values[b"e"])["user_id"] for _, values in entries]


def ids(client: redis.Redis) -> list[str]:
    entries: Any = client.xrange(HISTORY)
    return [key.decode() for key, _ in entries]


def logged() -> list[str]:
    return [row[0] for row in rows("SELECT body::json->>'user_id' FROM event ORDER BY position")]


def waiting() -> int:
    return int(rows("SELECT count(*) FROM event_outbox")[0][0])


def in_a_thread(work: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        work()
        release()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@contextmanager
def others_turn() -> Iterator[None]:
    """Another transaction gives positions in here, and takes its time to commit."""
    begun, enough = threading.Event(), threading.Event()

    def give() -> None:
        with database.atomic():
            rows(f"SELECT pg_advisory_xact_lock({event_log.LOCK})")
            begun.set()
            enough.wait(60)

    other = in_a_thread(give)
    assert begun.wait(60)
    try:
        yield
    finally:
        enough.set()
        other.join(60)


def test_events_are_published_once_their_transaction_is_committed(announcer: Announcer, client: Any) -> None:
    with database.atomic():
        announcer.announce([Presence(user_id="kim", status="online")])
        assert published(client) == []
    assert published(client) == logged() == ["kim"]


def test_the_id_of_an_event_is_its_position_in_the_log(announcer: Announcer, client: Any) -> None:
    announce(announcer, "a", "b")
    positions = [row[0] for row in rows("SELECT position FROM event ORDER BY 1")]
    assert ids(client) == [f"{position}-0" for position in positions]
    assert positions[0] >= FIRST_POSITION


def test_events_of_a_transaction_that_failed_are_never_told(announcer: Announcer, client: Any) -> None:
    with database.atomic() as transaction:
        announcer.announce([Presence(user_id="kim", status="online")])
        transaction.rollback()
    announce(announcer, "lee")
    assert published(client) == logged() == ["lee"]


def test_events_keep_their_order_and_go_out_live_too(announcer: Announcer, client: redis.Redis) -> None:
    with client.pubsub() as listener:
        listener.subscribe(LIVE_CHANNEL)
        listener.get_message(timeout=30)
        announce(announcer, "a", "b", "c")
        heard: Any = listener.get_message(timeout=30)
    assert published(client) == ["a", "b", "c"]
    assert [json.loads(line.split(b" ", 2)[2])["user_id"] for line in heard["data"].split(b"\n")] == [
        "a",
        "b",
        "c",
    ]


def test_no_events_are_no_work(announcer: Announcer, client: Any) -> None:
    announce(announcer)
    assert (published(client), logged()) == ([], [])


def test_an_audience_is_kept_and_told(announcer: Announcer, client: Any) -> None:
    with database.atomic():
        announcer.announce([Presence(user_id="kim", status="online")], audience="team:1,agent:2")
    announce(announcer, "lee")
    assert rows("SELECT audience FROM event ORDER BY position") == [("team:1,agent:2",), ("all",)]
    assert [values.get(b"a") for _, values in client.xrange(HISTORY)] == [b"team:1,agent:2", None]


def test_a_redis_that_is_away_fails_nobody_and_the_sweep_publishes_later(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    announce(cut_off, "a", "b")
    announce(cut_off, "c")
    assert published(client) == []
    announcer.publish_left()
    assert published(client) == ["a", "b", "c"]
    announcer.publish_left()
    assert published(client) == ["a", "b", "c"]


def test_whoever_publishes_next_brings_what_was_left_first(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    announce(announcer, "a")
    announce(cut_off, "b", "c")
    announce(announcer, "d")
    assert published(client) == logged() == ["a", "b", "c", "d"]


def test_where_another_gives_positions_nobody_waits_in_a_transaction_and_all_is_told(
    announcer: Announcer, client: redis.Redis
) -> None:
    with others_turn():
        with database.atomic():
            announcer.announce([Presence(user_id="a", status="online")])
            assert waiting() == 1
        # After the commit it was waited for, and not for long: the sweep would do it.
        assert (published(client), waiting()) == ([], 1)
    announce(announcer, "b")
    assert (published(client), waiting()) == (["a", "b"], 0)


def test_what_waits_is_numbered_as_soon_as_the_other_has_committed(
    announcer: Announcer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "WAIT_MS", 30_000)
    with others_turn():
        thread = in_a_thread(lambda: announce(announcer, "a", "b"))
    thread.join(60)
    assert (published(client), logged(), waiting()) == (["a", "b"], ["a", "b"], 0)


def test_a_sweep_without_redis_keeps_the_events(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    announce(cut_off, "a")
    with pytest.raises(redis.RedisError):
        cut_off.publish_left()
    announcer.publish_left()
    assert published(client) == ["a"]


def test_several_sweeps_at_once_publish_each_event_once(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    names = [f"{n:03d}" for n in range(300)]
    announce(cut_off, *names)
    threads = [in_a_thread(announcer.publish_left) for _ in range(6)]
    for thread in threads:
        thread.join(60)
    assert published(client) == names


def test_what_the_version_before_left_is_published(announcer: Announcer, client: redis.Redis) -> None:
    for name, age in (("old", "10 s"), ("young", "0 s")):
        rows(
            "INSERT INTO pending_event (body, created_at) VALUES"
            " (json_build_object('type', 'presence', 'user_id', %s::text)::text, now() - %s::interval)",
            (name, age),
        )
    announcer.publish_left()
    assert published(client) == logged() == ["old"]
    assert rows("SELECT type FROM event") == [("presence",)]


def test_a_history_that_was_lost_is_filled_again(announcer: Announcer, client: redis.Redis) -> None:
    announce(announcer, "a", "b")
    before = ids(client)
    client.flushall()
    announce(announcer, "c")
    assert published(client) == ["a", "b", "c"]
    assert ids(client)[:2] == before
    client.flushall()
    announcer.publish_left()
    assert published(client) == ["a", "b", "c"]


def test_a_lost_history_is_filled_as_far_back_as_is_sensible_and_says_so(
    announcer: Announcer, client: redis.Redis, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.publishing._FILLED_MOST", 3)
    monkeypatch.setattr("actions.publishing._PAGE", 2)
    announce(announcer, *"abcdef")
    gone, *_, kept = ids(client)
    client.flushall()
    announce(announcer, "g")
    assert published(client) == ["e", "f", "g"]
    assert not bus.missed(gone).recovered
    assert not bus.missed("0-0").recovered
    assert [json.loads(event.body)["user_id"] for event in bus.missed(kept).events] == ["g"]


def test_of_a_house_that_is_new_nothing_is_lost(announcer: Announcer, client: redis.Redis, bus: Bus) -> None:
    """Who connected before anything had happened, and missed all of it."""
    rows("SELECT setval('event_position', %s, false)", (FIRST_POSITION,))
    announce(announcer, "a", "b")
    assert bus.missed("0-0").recovered
    client.flushall()
    announce(announcer, "c")
    missed = bus.missed("0-0")
    assert missed.recovered
    assert [json.loads(event.body)["user_id"] for event in missed.events] == ["a", "b", "c"]


def test_where_the_log_forgot_its_first_events_whoever_saw_none_is_told_of_a_gap(
    announcer: Announcer, client: redis.Redis, bus: Bus
) -> None:
    rows("SELECT setval('event_position', %s, false)", (FIRST_POSITION,))
    announce(announcer, "a", "b")
    rows("DELETE FROM event WHERE position = %s", (FIRST_POSITION,))
    client.flushall()
    announce(announcer, "c")
    assert published(client) == ["b", "c"]
    assert not bus.missed("0-0").recovered


def test_a_history_far_behind_begins_anew_rather_than_having_a_gap(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.publishing._FILLED_MOST", 3)
    announce(announcer, "a")
    (place,) = ids(client)
    announce(cut_off, *"bcdef")
    announcer.publish_left()
    assert published(client) == ["d", "e", "f"]
    assert not bus.missed(place).recovered


def test_a_history_of_the_version_before_goes_on(announcer: Announcer, client: redis.Redis, bus: Bus) -> None:
    event = b'{"type":"presence","user_id":"before"}'
    key: Any = client.xadd(HISTORY, {"c": "", "e": event})
    place = key.decode()
    announce(announcer, "a")
    # While an upgrade rolls, both versions publish.
    client.xadd(HISTORY, {"c": "", "e": event})
    announce(announcer, "b")
    missed = bus.missed(place)
    assert missed.recovered
    assert [json.loads(recorded.body)["user_id"] for recorded in missed.events] == ["a", "before", "b"]


def test_a_database_restored_to_an_older_state_gives_no_position_twice(
    announcer: Announcer, client: redis.Redis
) -> None:
    announce(announcer, *"abc")
    told_before = ids(client)
    # As a backup of the time after the first event has it.
    rows("DELETE FROM event WHERE body NOT LIKE '%%\"a\"%%'")
    rows("SELECT setval('event_position', (SELECT max(position) FROM event))")
    announce(announcer, "d")
    assert published(client) == ["a", "b", "c", "d"]
    assert not set(ids(client)[3:]) & set(told_before)
    assert logged() == ["a", "d"]
    rows("SELECT setval('event_position', (SELECT min(position) FROM event))")
    announcer.publish_left()
    announce(announcer, "e")
    assert published(client) == ["a", "b", "c", "d", "e"]


def test_many_who_announce_at_once_are_told_each_once_and_in_the_order_of_the_log(
    announcer: Announcer, client: redis.Redis
) -> None:
    def work(writer: int) -> None:
        for n in range(30):
            announce(announcer, f"{writer}.{n:02d}")

    threads = [in_a_thread(lambda writer=writer: work(writer)) for writer in range(8)]  # type: ignore[misc]
    for thread in threads:
        thread.join(60)
    announcer.publish_left()
    events = published(client)
    assert (len(events), waiting()) == (240, 0)
    assert events == logged()
    for writer in range(8):
        own = [name for name in events if name.startswith(f"{writer}.")]
        assert own == sorted(own)
