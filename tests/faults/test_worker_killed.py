"""SIGKILL for the worker at every moment of a batch: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import oracle
import psycopg2
import pytest

from engines.waiting import wait_until

if TYPE_CHECKING:
    from load import Load
    from subscriber import Subscriber

    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.fault]

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'parley'"
)


@contextlib.contextmanager
def batch_held_up(house: House) -> Iterator[None]:
    """No batch can end in here: the worker gets as far as storing its messages."""
    with contextlib.closing(psycopg2.connect(house.formation.urls.database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE message IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def stored(house: House, load: Load) -> int:
    query = "SELECT count(*) FROM message WHERE wamid = ANY(%s)"
    return int(house.ask(query, list(load.posted))[0][0])


def test_a_worker_killed_while_idle_is_missed_by_nobody(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    fragile.formation.kill("worker")
    with load:
        load.await_more(200)
    assert stored(fragile, load) == 0
    fragile.formation.restart("worker")
    oracle.check(fragile, load, subscriber)


def test_a_worker_killed_in_a_batch_before_its_commit_loses_nothing(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    with load:
        load.await_more(50)
        with batch_held_up(fragile):
            assert wait_until(lambda: fragile.ask(_WAITING) != [(0,)], 10), "no batch was begun"
            load.await_more(50)
            fragile.formation.kill("worker")
        fragile.formation.restart("worker")
        load.await_more(50)
    oracle.check(fragile, load, subscriber)


def test_a_worker_killed_between_its_commit_and_the_events_tells_them_when_it_is_back(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    valkey = fragile.formation.valkey
    assert valkey is not None
    with load:
        load.await_more(50)
        with batch_held_up(fragile):
            assert wait_until(lambda: fragile.ask(_WAITING) != [(0,)], 10), "no batch was begun"
            load.await_more(20)
            # Killed, not frozen: a frozen one would read the events from its socket once it is thawed.
            valkey.kill()
            before = stored(fragile, load)
        assert wait_until(lambda: stored(fragile, load) > before, 10), "the batch was not committed"
        fragile.formation.kill("worker")
        valkey.start()
        told = {each["wamid"] for each in subscriber.messages()}
        assert stored(fragile, load) > len(told & set(load.posted)), "the events were out already"
        fragile.formation.restart("worker")
        load.await_more(50)
    oracle.check(fragile, load, subscriber)


@pytest.mark.parametrize("acks", [37, 80, 150])
def test_a_worker_killed_again_and_again_under_load_loses_and_doubles_nothing(
    fragile: House, load: Load, subscriber: Subscriber, restarted: Callable[[str], None], acks: int
) -> None:
    with load:
        for _ in range(4):
            load.await_more(acks)
            restarted("worker")
    oracle.check(fragile, load, subscriber, 20)


def test_two_workers_of_which_one_is_killed_keep_the_order(
    fragile: House, load: Load, subscriber: Subscriber
) -> None:
    fragile.formation.add("worker2", line="worker")
    try:
        with load:
            for name in ("worker", "worker2", "worker"):
                load.await_more(100)
                fragile.formation.kill(name)
                fragile.formation.restart(name)
        oracle.check(fragile, load, subscriber, 20)
    finally:
        fragile.formation.process("worker2").stop()
