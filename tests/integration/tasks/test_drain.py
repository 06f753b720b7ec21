"""The drain on a real Postgres and a real Valkey: good neighbours stored, the bad one buried with its bytes."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis

from actions.announcing import Announcer
from engines.postgres import Postgres
from faults.expect import eventually
from ground.fence import UNFENCED, Fence
from health.strange_codes import StrangeCodes
from models import drain_leases
from models.database import dispose, is_unavailable, release, rows
from queues.inbox import Entry, Inbox, Taken
from realtime.bus import HISTORY, Bus
from schema.events import Logged
from settings import Settings, groups
from tasks import late
from tasks.drain import Drain
from tasks.tenure import Tenure, tenure
from tests.integration.tasks.deliveries import SETTINGS, body, buried, poison, published, stored, until_empty

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


class BrokenBus(Bus):
    """A bus whose Redis went away between the commit and the publication."""

    def publish(self, events: Sequence[Logged], follows: int, anew_at: int = -1) -> int:
        raise redis.ConnectionError("gone")


class BrokenInbox(Inbox):
    """And which does not come back before the deliveries are let go."""

    def done(self, entries: Sequence[Entry]) -> None:
        raise redis.ConnectionError("gone")


@pytest.fixture
def announcer(bus: Bus) -> Announcer:
    return Announcer(bus)


@pytest.fixture
def drain(inbox: Inbox, announcer: Announcer, client: redis.Redis) -> Drain:
    return Drain(inbox, announcer, StrangeCodes(client), SETTINGS)


@pytest.fixture
def broken(client: redis.Redis) -> Drain:
    announcer = Announcer(BrokenBus(client, 100))
    return Drain(BrokenInbox(client, 100_000), announcer, StrangeCodes(client), SETTINGS)


def test_deliveries_are_stored_told_and_let_go_in_their_order(
    drain: Drain, inbox: Inbox, client: Any
) -> None:
    wamids = [f"wamid.{n}" for n in range(40)]
    for wamid in wamids:
        inbox.append(body(wamid))
    assert drain.run() is False
    assert stored() == published(client) == wamids
    assert (inbox.backlog().entries, inbox.due()) == (0, False)


def test_an_empty_inbox_is_no_work(drain: Drain, client: redis.Redis) -> None:
    assert drain.run() is False
    assert not client.exists(HISTORY)


@pytest.mark.parametrize("place", [0, 5, 15])
def test_a_delivery_postgres_refuses_is_buried_with_its_bytes_and_its_neighbours_stored(
    drain: Drain, inbox: Inbox, client: redis.Redis, place: int
) -> None:
    bad = poison()
    wamids = [f"wamid.{n}" for n in range(15)]
    for n, wamid in enumerate([*wamids[:place], "", *wamids[place:]]):
        inbox.append(body(wamid) if wamid else bad)
        assert n < 16
    drain.run()
    assert stored() == published(client) == wamids
    assert until_empty(drain, inbox, most=3) <= 2
    ((kept, error),) = buried()
    assert kept == bad
    assert "index row" in error
    assert stored() == published(client) == wamids


def test_only_bad_deliveries_are_all_buried(drain: Drain, inbox: Inbox) -> None:
    for _ in range(5):
        inbox.append(poison())
    until_empty(drain, inbox, most=3)
    assert len(buried()) == 5


def test_bytes_nobody_can_read_are_buried_at_once(drain: Drain, inbox: Inbox, client: redis.Redis) -> None:
    bad = [b"", b"\x00\xff not json", b"[" * 100_000]
    for content in (bad[0], body("wamid.1"), *bad[1:]):
        inbox.append(content)
    drain.run()
    assert [kept for kept, _ in buried()] == bad
    assert stored() == published(client) == ["wamid.1"]
    assert inbox.backlog().entries == 0


def test_a_delivery_that_ends_its_worker_is_buried_before_it_ends_another(drain: Drain, inbox: Inbox) -> None:
    inbox.append(body("wamid.killer"))
    inbox.append(body("wamid.good"))
    killer, _ = inbox.take(10, 10**6).entries
    for _ in range(SETTINGS.drain.attempts):
        inbox.count_attempt(killer)
    drain.run()
    ((kept, error),) = buried()
    assert kept == killer.body
    assert "ended the worker 3 times" in error
    assert stored() == ["wamid.good"]


def test_what_a_killed_drain_held_comes_first(drain: Drain, inbox: Inbox, client: redis.Redis) -> None:
    inbox.append(body("wamid.1"))
    inbox.append(body("wamid.2"))
    inbox.take(10, 10**6)
    inbox.append(body("wamid.3"))
    drain.run()
    assert stored() == published(client) == ["wamid.1", "wamid.2", "wamid.3"]


def test_what_was_committed_and_not_published_is_published_once_and_stored_once(
    drain: Drain, broken: Drain, inbox: Inbox, announcer: Announcer, client: redis.Redis
) -> None:
    wamids = [f"wamid.{n}" for n in range(3)]
    for wamid in wamids:
        inbox.append(body(wamid))
    with pytest.raises(redis.ConnectionError):
        broken.run()
    assert (stored(), published(client), inbox.backlog().entries) == (wamids, [], 3)
    drain.run()
    announcer.publish_left()
    assert stored() == published(client) == wamids
    assert rows("SELECT unread_count FROM conversation") == [(3,)]
    assert inbox.backlog().entries == 0


def test_a_redis_that_stays_away_buries_nothing(
    drain: Drain, broken: Drain, inbox: Inbox, announcer: Announcer, client: Any
) -> None:
    inbox.append(body("wamid.1"))
    for _ in range(SETTINGS.drain.attempts + 2):
        with pytest.raises(redis.ConnectionError):
            broken.run()
    assert buried() == []
    drain.run()
    announcer.publish_left()
    assert published(client) == ["wamid.1"]


def test_a_drain_lets_the_next_one_in_however_it_ended(broken: Drain, inbox: Inbox) -> None:
    inbox.append(body("wamid.1"))
    with pytest.raises(redis.ConnectionError):
        broken.run()
    release()
    assert drain_leases.take(0) is not None


def in_a_thread(work: Callable[[], Any]) -> Any:
    entries: list[Any] = []

    def run() -> None:
        entries.append(work())
        release()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return entries[0]


def test_while_one_drain_works_another_returns_and_touches_nothing(drain: Drain, inbox: Inbox) -> None:
    inbox.append(body("wamid.1"))
    with tenure(0) as lease:
        assert lease is not None
        assert in_a_thread(drain.run) is False
    assert (stored(), inbox.backlog().entries) == ([], 1)
    assert in_a_thread(drain.run) is False
    assert stored() == ["wamid.1"]


class LateInbox(Inbox):
    """One more delivery arrives right after the drain found nothing more, and wakes a drain that is turned away."""

    late: Callable[[], Any] | None = None

    def take(self, most: int, most_bytes: int, *, rest: bool = True, fence: Fence = UNFENCED) -> Taken:
        taken = super().take(most, most_bytes, rest=rest, fence=fence)
        if rest and not taken.entries and self.late is not None:
            arrive, self.late = self.late, None
            arrive()
        return taken


def test_what_arrives_between_the_last_look_and_the_end_of_a_drain_is_not_left_behind(
    client: redis.Redis, announcer: Announcer
) -> None:
    inbox = LateInbox(client, 100)
    drain = Drain(inbox, announcer, StrangeCodes(client), SETTINGS)
    turned_away: list[bool] = []

    def arrive() -> None:
        assert inbox.append(body("wamid.late"))
        turned_away.append(in_a_thread(drain.run))

    inbox.late = arrive
    inbox.append(body("wamid.1"))
    assert drain.run() is False
    assert turned_away == [False]
    assert stored() == ["wamid.1", "wamid.late"]


class SecondInbox(Inbox):
    """A second delivery arrives while the drain lingers after the first."""

    woke: bool | None = None

    def wait(self, after: str, seconds: float) -> None:
        if self.woke is None:
            self.woke = self.append(body("wamid.2"))
        super().wait(after, seconds)


def test_a_drain_that_lingers_takes_what_comes_without_a_call(
    client: redis.Redis, announcer: Announcer
) -> None:
    inbox = SecondInbox(client, 100)
    assert inbox.append(body("wamid.1"))
    assert Drain(inbox, announcer, StrangeCodes(client), SETTINGS).run() is False
    assert inbox.woke is False
    assert stored() == ["wamid.1", "wamid.2"]
    assert inbox.append(body("wamid.3")), "after its rest the next one wakes it"


def test_a_drain_that_lingers_long_stops_when_it_is_to_and_looks_for_late_news_meanwhile(
    inbox: Inbox, client: redis.Redis, announcer: Announcer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    monkeypatch.setattr("tasks.drain._LATE_S", 0.1)
    monkeypatch.setattr("tasks.drain._LOOK_S", 0.2)
    apply = late.apply

    def applying(announcer: Announcer, lease: Tenure) -> None:
        looks.append(time.monotonic())
        apply(announcer, lease)

    monkeypatch.setattr("tasks.late.apply", applying)
    patient = Settings(app_env="development", drain=groups.Drain(linger_s=60))
    drain = Drain(inbox, announcer, StrangeCodes(client), patient)
    inbox.append(body("wamid.1"))
    running = threading.Thread(target=drain.run)
    running.start()
    eventually(lambda: len(looks) > 2)
    assert stored() == ["wamid.1"]
    drain.stop()
    running.join(10)
    assert not running.is_alive()


def test_a_run_that_is_long_enough_asks_for_another(
    drain: Drain, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.append(body("wamid.1"))
    monkeypatch.setattr("tasks.drain._RUN_S", 0.0)
    assert drain.run() is True
    monkeypatch.undo()
    assert drain.run() is False
    assert stored() == ["wamid.1"]


def test_many_appenders_against_several_drains_leave_nothing_behind(
    drain: Drain, inbox: Inbox, client: redis.Redis
) -> None:
    """Drains run only where an append asked for one, and most find another at work."""
    calls: queue.Queue[bool] = queue.Queue()

    def append(writer: int) -> None:
        for n in range(40):
            if inbox.append(body(f"wamid.{writer}.{n:02d}", phone=f"1650555010{writer}")):
                calls.put(True)

    def work() -> None:
        while calls.get():
            while drain.run():
                pass
            release()

    workers = [threading.Thread(target=work) for _ in range(3)]
    writers = [threading.Thread(target=append, args=(writer,)) for writer in range(6)]
    for thread in (*workers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    for _ in workers:
        calls.put(False)
    for thread in workers:
        thread.join(60)
    assert (inbox.backlog().entries, inbox.due()) == (0, False)
    assert len(stored()) == len(set(stored())) == 240
    for writer in range(6):
        own = [wamid for wamid in published(client) if wamid.startswith(f"wamid.{writer}.")]
        assert own == [f"wamid.{writer}.{n:02d}" for n in range(40)]


def test_a_postgres_that_is_away_loses_nothing_and_buries_nothing(
    drain: Drain, inbox: Inbox, client: redis.Redis, shared_postgres: Postgres
) -> None:
    for n in range(3):
        inbox.append(body(f"wamid.{n}"))
    shared_postgres.stop()
    try:
        for _ in range(SETTINGS.drain.attempts + 1):
            with pytest.raises(Exception) as caught:
                drain.run()
            assert is_unavailable(caught.value)
            release()
    finally:
        shared_postgres.start()
        dispose()
    drain.run()
    assert stored() == published(client) == ["wamid.0", "wamid.1", "wamid.2"]
    assert (buried(), inbox.backlog().entries) == ([], 0)
