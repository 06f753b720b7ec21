"""Events written with what they tell and published after the commit, at least once."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import redis

from actions.announcing import Announcer
from engines.ports import free_port
from models.database import database, release, rows
from realtime.bus import HISTORY, LIVE_CHANNEL, Bus
from realtime.connection import connect
from schema.events import Presence

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


def told(client: redis.Redis) -> list[str]:
    entries: Any = client.xrange(HISTORY)
    return [json.loads(values[b"e"])["user_id"] for _, values in entries]


def pending() -> int:
    return int(rows("SELECT count(*) FROM pending_event")[0][0])


def grow_old() -> None:
    rows("UPDATE pending_event SET created_at = created_at - interval '10 s'")


def test_events_are_published_once_their_transaction_is_committed(announcer: Announcer, client: Any) -> None:
    with database.atomic():
        announcer.announce([Presence(user_id="kim", status="online")])
        assert (told(client), pending()) == ([], 1)
    assert (told(client), pending()) == (["kim"], 0)


def test_events_of_a_transaction_that_failed_are_never_told(announcer: Announcer, client: Any) -> None:
    with database.atomic() as transaction:
        announcer.announce([Presence(user_id="kim", status="online")])
        transaction.rollback()
    assert (told(client), pending()) == ([], 0)


def test_events_keep_their_order_and_go_out_live_too(announcer: Announcer, client: redis.Redis) -> None:
    with client.pubsub() as listener:
        listener.subscribe(LIVE_CHANNEL)
        listener.get_message(timeout=30)
        announce(announcer, "a", "b", "c")
        heard: Any = listener.get_message(timeout=30)
    assert told(client) == ["a", "b", "c"]
    assert [json.loads(line.split(b" ", 2)[2])["user_id"] for line in heard["data"].split(b"\n")] == [
        "a",
        "b",
        "c",
    ]


def test_no_events_are_no_work(announcer: Announcer, client: Any) -> None:
    announce(announcer)
    assert (told(client), pending()) == ([], 0)


def test_a_redis_that_is_away_fails_nobody_and_the_sweep_publishes_later(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    announce(cut_off, "a", "b")
    announce(cut_off, "c")
    assert (told(client), pending()) == ([], 3)
    grow_old()
    assert announcer.publish_overdue() == 3
    assert (told(client), pending()) == (["a", "b", "c"], 0)
    assert announcer.publish_overdue() == 0


def test_the_sweep_leaves_young_events_to_whoever_wrote_them(
    announcer: Announcer, cut_off: Announcer
) -> None:
    announce(cut_off, "a")
    assert (announcer.publish_overdue(), pending()) == (0, 1)


def test_a_sweep_without_redis_keeps_the_events(cut_off: Announcer) -> None:
    announce(cut_off, "a")
    grow_old()
    with pytest.raises(redis.RedisError):
        cut_off.publish_overdue()
    assert pending() == 1


def test_several_sweeps_at_once_publish_each_event_once(
    announcer: Announcer, cut_off: Announcer, client: redis.Redis
) -> None:
    names = [f"{n:03d}" for n in range(300)]
    announce(cut_off, *names)
    grow_old()

    def sweep() -> None:
        announcer.publish_overdue()
        release()

    threads = [threading.Thread(target=sweep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told(client), pending()) == (names, 0)
