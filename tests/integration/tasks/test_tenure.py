"""Who drains: one at a time, replaced when it is killed, hangs or is cut off, and then unable to do anything more."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import redis

from actions.announcing import Announcer
from engines.waiting import wait_until
from ground.fence import Fence, Fenced
from health.strange_codes import StrangeCodes
from models import drain_leases
from models.database import UNAVAILABLE, is_unavailable, release, rows
from models.drain_leases import LEASE_S, standing
from queues.inbox import Inbox
from realtime.bus import Bus
from settings import Settings, groups
from tasks.drain import Drain
from tasks.tenure import tenure

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
REPLACED_S = 10.0
_HOLDER = """
import sys
from models import database
from tasks.tenure import tenure

database.bind(sys.argv[1], 4)
with tenure(0) as held, held.transaction():
    database.rows("INSERT INTO number (phone_number_id, account_id) VALUES ('by the holder', '1')")
    print("inside", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(bound: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the drain, in the middle of a transaction; it commits when it reads a line."""
    with holding(bound) as process:
        yield process


@contextlib.contextmanager
def holding(url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _HOLDER, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "inside\n", process.communicate()
            yield process
        finally:
            process.kill()


def taken() -> Fence | None:
    """The lease, as soon as it can be had."""
    fences: list[Fence] = []

    def look() -> bool:
        fences.extend(filter(None, [drain_leases.take(0)]))
        return bool(fences)

    wait_until(look, REPLACED_S, interval_s=0.1)
    return fences[0] if fences else None


def test_one_at_a_time_holds_it_and_it_says_who() -> None:
    with tenure(0) as lease, tenure(0) as second:
        assert lease is not None
        assert second is None
        now = standing(0)
        assert now is not None
        assert (now.is_held, now.pid, now.fence) == (True, os.getpid(), lease.fence.number)
    after = standing(0)
    assert after is not None
    assert not after.is_held
    with tenure(0) as third:
        assert third is not None
        assert third.fence.number > lease.fence.number


def test_shards_are_held_apart() -> None:
    with tenure(0) as first, tenure(1) as second:
        assert first is not None
        assert second is not None
        assert wait_until(lambda: all(seen(shard) for shard in (0, 1)), 5)


def seen(shard: int) -> bool:
    now = standing(shard)
    return now is not None and now.seen


def test_it_is_renewed_for_as_long_as_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain_leases, "LEASE_S", 0.8)
    monkeypatch.setattr("tasks.tenure.BEAT_S", 0.1)
    beats: set[Any] = set()
    with tenure(0) as lease:
        assert lease is not None
        assert wait_until(lambda: len(beat_times(beats)) > 12, 10)
        with lease.transaction():
            pass


def beat_times(known: set[Any]) -> set[Any]:
    known |= set(rows("SELECT beat FROM drain_lease WHERE until > clock_timestamp()"))
    return known


def test_who_lost_it_commits_nothing_and_takes_nothing(client: redis.Redis) -> None:
    inbox = Inbox(client, 100)
    inbox.append(b"{}")
    with tenure(0) as lease:
        assert lease is not None

        def lose_it() -> None:
            with lease.transaction():
                rows("INSERT INTO number (phone_number_id, account_id) VALUES ('too late', '1')")
                in_a_thread(lambda: rows("UPDATE drain_lease SET fence = fence + 1"))

        with pytest.raises(Fenced):
            lose_it()
        assert rows("SELECT 1 FROM number") == []
        inbox.take(10, 1000, fence=Fence(0, lease.fence.number + 1))
        with pytest.raises(Fenced):
            inbox.take(10, 1000, fence=lease.fence)


def in_a_thread(work: Any) -> None:
    def run() -> None:
        work()
        release()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)


def test_a_killed_holder_is_replaced_at_once(holder: subprocess.Popen[str]) -> None:
    assert drain_leases.take(0) is None
    holder.kill()
    holder.wait()
    assert wait_until(lambda: drain_leases.take(0) is not None, LEASE_S / 2, interval_s=0.1)
    assert rows("SELECT 1 FROM number") == []


def test_a_hung_holder_is_replaced_its_locks_are_freed_and_it_commits_nothing(
    holder: subprocess.Popen[str],
) -> None:
    before = standing(0)
    holder.send_signal(signal.SIGSTOP)
    fence = taken()
    assert fence is not None
    assert before is not None
    assert fence.number > before.fence
    # What it had locked can be written at once.
    rows(
        "SET LOCAL lock_timeout = '1s'; INSERT INTO number (phone_number_id, account_id) VALUES ('by the holder', '')"
    )
    holder.send_signal(signal.SIGCONT)
    _, said = holder.communicate("\n", timeout=20)
    assert holder.returncode == 1, said
    assert rows("SELECT account_id FROM number") == [("",)]
    now = standing(0)
    assert now is not None
    assert now.fence == fence.number


def test_a_holder_whose_backend_may_not_be_ended_is_out_of_its_transaction_all_the_same(
    holder: subprocess.Popen[str], bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_leases, "end_backends", lambda shard: None)
    holder.send_signal(signal.SIGSTOP)
    assert taken() is not None
    with contextlib.closing(psycopg2.connect(bound)) as other, other.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10s'")
        cursor.execute("INSERT INTO number (phone_number_id, account_id) VALUES ('by the holder', '')")


def test_a_drain_of_the_version_before_and_one_of_this_exclude_each_other(bound: str) -> None:
    with contextlib.closing(psycopg2.connect(bound)) as older, older.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7106212)")
        with tenure(0) as lease:
            assert lease is not None
            with pytest.raises(Fenced), lease.transaction():
                pass
        cursor.execute("SELECT pg_advisory_unlock(7106212)")
        with tenure(0) as lease:
            assert lease is not None
            with lease.transaction():
                cursor.execute("SELECT pg_try_advisory_lock(7106212)")
                assert cursor.fetchone() == (False,)


def test_a_terminated_transaction_is_an_engine_that_failed_not_a_bad_delivery() -> None:
    with tenure(0) as lease:
        assert lease is not None

        def be_ended() -> None:
            with lease.transaction():
                in_a_thread(lambda: drain_leases.end_backends(0))
                rows("SELECT 1")

        with pytest.raises(UNAVAILABLE) as caught:
            be_ended()
        assert is_unavailable(caught.value)
    release()


def test_the_next_drain_gets_through_once_it_has_replaced_a_hung_one(
    holder: subprocess.Popen[str], client: redis.Redis, bound: str
) -> None:
    inbox = Inbox(client, 100)
    inbox.append(b"\xff")
    inbox.take(10, 1000)
    inbox.append(b"\xfe")
    holder.send_signal(signal.SIGSTOP)
    drain = Drain(
        inbox,
        Announcer(Bus(client, 100)),
        StrangeCodes(client),
        Settings(app_env="development", drain=groups.Drain(linger_s=0.01)),
    )
    in_a_thread(
        lambda: wait_until(
            lambda: not drain.run() and not inbox.backlog().entries, REPLACED_S + 5, interval_s=0.2
        )
    )
    assert inbox.backlog().entries == 0
    assert rows("SELECT count(*) FROM dead_letter") == [(2,)]
