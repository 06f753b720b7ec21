"""The event log: positions rise in commit order, whoever writes and however many, and a reader skips none."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ground.clock import now
from models.database import UNAVAILABLE, database, release, rows
from models.ledger import event_days, event_log
from schema.events import FIRST_POSITION, Logged, Presence
from tests.integration.models.tables import NUMBER, message, status, store, view

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
WRITERS, EACH, THREADS = 8, 60, 3
_ENDLESS = 2**62


def in_threads(works: list[Callable[[], Any]]) -> list[threading.Thread]:
    def run(work: Callable[[], Any]) -> None:
        work()
        release()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    return threads


def presence(name: str, conversation_id: str | None = None) -> Presence:
    return Presence(user_id=name, status="online", conversation_id=conversation_id)


def written() -> list[str]:
    return [row[0] for row in rows("SELECT body::json->>'user_id' FROM event ORDER BY position")]


class Rolled(Exception):
    """Somebody changed their mind."""


def take_turns(writer: int, threads: list[str]) -> None:
    """Change conversations, each change numbered under the lock of its row, and tell of it; some are rolled back."""
    chance = random.Random(writer)
    for _ in range(EACH):
        key = chance.choice(threads)
        try:
            with database.atomic():
                ((turn,),) = rows(
                    "UPDATE conversation SET unread_count = unread_count + 1 WHERE id = %s RETURNING unread_count",
                    (key,),
                )
                numbered = event_log.write([presence(str(turn), key)])
                if chance.random() < 0.1:
                    raise Rolled
        except Rolled:
            continue
        if not numbered:
            event_log.move()


def follow(stop: threading.Event, seen: list[Logged]) -> None:
    """Read on from the last position seen, again and again, and once more at the end."""
    last = False
    while not last:
        last = stop.is_set()
        while page := event_log.read(seen[-1].position if seen else 0, _ENDLESS, 7):
            seen.extend(page)


def test_positions_rise_in_commit_order_and_a_reader_who_polls_skips_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # On a busy machine nobody is to be left to a sweep, which there is none of here.
    monkeypatch.setattr(event_log, "WAIT_MS", 60_000)
    for n in range(THREADS):
        store(message(f"wamid.{n}", phone_number_id=f"{NUMBER}{n}"))
    threads = [row[0] for row in rows("UPDATE conversation SET unread_count = 0 RETURNING id")]
    seen: list[list[Logged]] = [[], []]
    stop = threading.Event()
    readers = in_threads([lambda mine=mine: follow(stop, mine) for mine in seen])  # type: ignore[misc]
    for thread in in_threads([lambda n=n: take_turns(n, threads) for n in range(WRITERS)]):  # type: ignore[misc]
        thread.join(100)
    event_log.move()
    stop.set()
    for reader in readers:
        reader.join(60)
    whole = event_log.read(0, _ENDLESS, 10_000)
    assert seen == [whole, whole]
    counted = dict(rows("SELECT id, unread_count FROM conversation"))
    for key in threads:
        numbers = [int(json.loads(event.body)["user_id"]) for event in whole if event.conversation_id == key]
        assert numbers == list(range(1, counted[key] + 1))
    assert rows("SELECT count(*) FROM event_outbox") == [(0,)]


def test_what_waits_comes_before_what_is_written_after_it() -> None:
    with database.atomic():
        rows(
            "INSERT INTO event_outbox (type, audience, body) VALUES ('presence', 'all', %s)",
            ('{"user_id":"a"}',),
        )
    with database.atomic():
        assert event_log.write([presence("b")]) == []
    assert event_log.move() == event_log.last_given()
    assert written() == ["a", "b"]


def test_an_outbox_larger_than_a_step_is_moved_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rows(
        "INSERT INTO event_outbox (type, audience, body)"
        " SELECT 'presence', 'all', json_build_object('user_id', n::text) FROM generate_series(1, 2500) n"
    )
    event_log.move()
    assert written() == [str(n) for n in range(1, 2501)]


def test_positions_that_a_failed_transaction_had_are_given_to_nobody() -> None:
    with database.atomic() as transaction:
        (lost,) = event_log.write([presence("a")])
        transaction.rollback()
    with database.atomic():
        (kept,) = event_log.write([presence("b")])
    assert FIRST_POSITION <= lost.position < kept.position
    assert event_log.read(0, _ENDLESS, 10) == [kept]


def test_a_lock_that_nobody_lets_go_is_not_waited_for_long() -> None:
    holding, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with database.atomic():
            rows(f"SELECT pg_advisory_xact_lock({event_log.LOCK})")
            holding.set()
            enough.wait(60)

    (thread,) = in_threads([hold])
    assert holding.wait(60)
    with pytest.raises(UNAVAILABLE):
        event_log.move()
    enough.set()
    thread.join(60)


def test_each_event_knows_the_number_it_is_about() -> None:
    events = store(message(direction="echo"), status())
    with database.atomic():
        event_log.write([*events, presence("kim")])
    records = rows("SELECT type, conversation_id, phone_number_id, audience FROM event ORDER BY position")
    thread = view().conversation_id
    assert records == [
        ("new_message", thread, NUMBER, "all"),
        ("message_status", thread, NUMBER, "all"),
        ("presence", None, None, "all"),
    ]


def day(ahead: int) -> str:
    return f"event_{now() + timedelta(days=ahead):%Y%m%d}"


def partitions() -> set[str]:
    return {
        row[0]
        for row in rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass"
        )
    }


def log_at(ahead: int) -> None:
    rows(
        "INSERT INTO event (position, type, audience, body, at) VALUES (nextval('event_position'), 'presence', 'all',"
        " json_build_object('user_id', %s::text), now() + make_interval(days => %s))",
        (str(ahead), ahead),
    )


@pytest.fixture
def few_days() -> Any:
    event_days.make_ahead()
    yield
    rows(f"DROP TABLE IF EXISTS {day(-1)}, {day(-9)}")
    rows("DELETE FROM event")
    event_days.make_ahead()


@pytest.mark.usefixtures("few_days")
def test_days_are_made_ahead_and_dropped_whole_when_they_are_old() -> None:
    rows(f"DROP TABLE {day(1)}, {day(2)}")
    for days in (-9, -1):
        event_days.make((now() + timedelta(days=days)).date())
        log_at(days)
    log_at(0)
    event_days.make_ahead()
    assert partitions() == {day(-9), day(-1), day(0), day(1), day(2), "event_other"}
    assert event_days.drop_older_than(7) == 1
    assert partitions() == {day(-1), day(0), day(1), day(2), "event_other"}
    assert written() == ["-1", "0"]


@pytest.mark.usefixtures("few_days")
def test_a_day_nobody_made_in_time_fails_nothing_and_goes_in_time() -> None:
    rows(f"DROP TABLE {day(1)}")
    for days in (-9, 0, 1):
        log_at(days)
    event_days.make_ahead()
    assert day(1) not in partitions()
    assert event_days.drop_older_than(7) == 0
    assert written() == ["0", "1"]
    assert rows("SELECT count(*) FROM event_other") == [(1,)]
