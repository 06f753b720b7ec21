"""The burying stop: one bad delivery is buried, a house that can store none waits, and goes on by itself."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator

import pytest
import redis

from actions.announcing import Announcer
from health.strange_codes import StrangeCodes
from models.database import rows
from queues.burying import MOST, PROBED
from queues.inbox import Inbox
from realtime.bus import Bus
from tasks.drain import Drain
from tests.integration.tasks.deliveries import SETTINGS, body, buried, poison, published, stored, until_empty

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

_BREAK = """
CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'as a bad deploy would'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON message EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def drain(inbox: Inbox, bus: Bus, client: redis.Redis) -> Drain:
    return Drain(inbox, Announcer(bus), StrangeCodes(client), SETTINGS)


@pytest.fixture
def another(client: redis.Redis, bus: Bus) -> Drain:
    """Of another worker."""
    return Drain(Inbox(client, 100), Announcer(bus), StrangeCodes(client), SETTINGS)


@contextlib.contextmanager
def broken_house() -> Iterator[None]:
    """No message can be stored in here."""
    rows(_BREAK)
    try:
        yield
    finally:
        rows("DROP TRIGGER IF EXISTS refuse ON message")


def garbage(n: int) -> bytes:
    return b"\xff not json %d" % n


def runs(drain: Drain, times: int = 2 * SETTINGS.drain.attempts) -> None:
    """As often as sweeps call for it."""
    for _ in range(times):
        drain.run()


def a_minute_passes(client: redis.Redis) -> None:
    client.delete(PROBED)


def test_a_house_that_can_store_none_buries_few_waits_and_goes_on_by_itself_in_order(
    drain: Drain, another: Drain, inbox: Inbox, client: redis.Redis
) -> None:
    wamids = [f"wamid.{n:02d}" for n in range(50)]
    with broken_house():
        for wamid in wamids:
            inbox.append(body(wamid))
        runs(drain)
        assert len(buried()) == MOST - 1
        stop = inbox.burying.stopped()
        assert stop is not None
        assert stop.reason == "RaiseException"
        # Whoever takes over, and however often it is tried.
        for turn in (another, drain, another):
            a_minute_passes(client)
            runs(turn, 2)
        assert len(buried()) == MOST - 1
        assert inbox.backlog().entries == len(wamids) - (MOST - 1)
    another.run()
    assert stored() == [], "between two tries nothing is tried"
    a_minute_passes(client)
    another.run()
    assert stored() == published(client) == wamids[MOST - 1 :]
    assert (inbox.burying.stopped(), inbox.backlog().entries) == (None, 0)


def test_fewer_are_buried_and_stop_nothing(drain: Drain, inbox: Inbox) -> None:
    for n in range(MOST - 1):
        inbox.append(garbage(n))
    until_empty(drain, inbox, most=2)
    assert (len(buried()), inbox.burying.stopped()) == (MOST - 1, None)
    inbox.append(body("wamid.1"))
    drain.run()
    for n in range(MOST - 1):
        inbox.append(garbage(100 + n))
    until_empty(drain, inbox, most=2)
    assert (len(buried()), inbox.burying.stopped()) == (2 * (MOST - 1), None)


def test_one_bad_delivery_that_comes_again_and_again_is_one(drain: Drain, inbox: Inbox) -> None:
    for _ in range(2 * MOST):
        inbox.append(garbage(1))
        drain.run()
    assert (len(buried()), inbox.burying.stopped()) == (1, None)


def test_one_batch_alone_stops_nothing_and_the_next_does(inbox: Inbox, bus: Bus, client: redis.Redis) -> None:
    large = dataclasses.replace(SETTINGS, drain=dataclasses.replace(SETTINGS.drain, batch=100))
    drain = Drain(inbox, Announcer(bus), StrangeCodes(client), large)
    for n in range(2 * MOST):
        inbox.append(garbage(n))
    drain.run()
    assert (len(buried()), inbox.burying.stopped()) == (2 * MOST, None)
    inbox.append(garbage(100))
    drain.run()
    assert (len(buried()), inbox.backlog().entries) == (2 * MOST, 1)
    assert inbox.burying.stopped() is not None


def test_what_can_be_stored_between_them_keeps_it_from_stopping(drain: Drain, inbox: Inbox) -> None:
    for n in range(3 * MOST):
        inbox.append(garbage(n))
        if n % 10 == 0:
            inbox.append(body(f"wamid.{n:02d}"))
    until_empty(drain, inbox, most=2)
    assert (len(buried()), len(stored()), inbox.burying.stopped()) == (3 * MOST, 6, None)


def test_a_good_delivery_behind_bad_ones_has_all_go_on(
    drain: Drain, inbox: Inbox, client: redis.Redis
) -> None:
    for n in range(MOST + 5):
        inbox.append(garbage(n))
    drain.run()
    a_minute_passes(client)
    drain.run()
    assert inbox.burying.stopped() is not None
    inbox.append(body("wamid.good"))
    inbox.append(poison())
    for _ in range(60):
        a_minute_passes(client)
        runs(drain)
        if stored():
            break
    assert stored() == published(client) == ["wamid.good"]


def test_a_delivery_that_would_kill_its_worker_is_not_tried_for_the_others(
    drain: Drain, inbox: Inbox, client: redis.Redis
) -> None:
    for n in range(MOST):
        inbox.append(garbage(n))
    drain.run()
    assert inbox.burying.stopped() is not None
    inbox.append(body("wamid.killer"))
    newest = inbox.some()
    assert newest is not None
    for _ in range(SETTINGS.drain.attempts + 1):
        inbox.count_attempt(newest)
    a_minute_passes(client)
    drain.run()
    assert inbox.burying.stopped() is not None
