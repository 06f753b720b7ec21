"""The house's clock: Postgres' as it was read last, whatever the host's says."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from ground.clock import Clock

FAR = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    """One that nobody read."""
    return Clock()


def read(clock: Clock, at: datetime, took_s: float = 0.001, ago_s: float = 0.0) -> None:
    answered = time.monotonic() - ago_s
    clock.read(at, answered - took_s, answered)


def off_by(clock: Clock, at: datetime) -> float:
    return abs((clock.now() - at).total_seconds())


def test_without_a_reading_it_is_the_hosts(clock: Clock) -> None:
    assert off_by(clock, datetime.now(UTC)) < 1


def test_it_goes_on_from_the_reading(clock: Clock) -> None:
    read(clock, FAR, ago_s=30)
    assert off_by(clock, FAR + timedelta(seconds=30)) < 1


def test_it_is_in_utc_whatever_the_zone_of_the_session(clock: Clock) -> None:
    read(clock, FAR.astimezone())
    assert clock.now().tzinfo is UTC


def test_an_answer_long_in_coming_does_not_replace_a_good_one(clock: Clock) -> None:
    read(clock, FAR)
    read(clock, FAR + timedelta(hours=1), took_s=3.0)
    assert off_by(clock, FAR) < 1


def test_an_answer_long_in_coming_replaces_one_of_long_ago(clock: Clock) -> None:
    read(clock, FAR, ago_s=120)
    read(clock, FAR + timedelta(hours=1), took_s=3.0)
    assert off_by(clock, FAR + timedelta(hours=1)) < 3


def test_a_better_answer_replaces_a_worse_one(clock: Clock) -> None:
    read(clock, FAR, took_s=3.0)
    read(clock, FAR + timedelta(hours=1), took_s=2.0)
    assert off_by(clock, FAR + timedelta(hours=1)) < 3
