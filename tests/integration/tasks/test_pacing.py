"""The pace of a number and of a person, against a plain model: the rules themselves, counted one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.sending.pacing import Pacing

pytestmark = pytest.mark.integration

RATE, INTERVAL_S, BURST = 80.0, 6.0, 45
BEGAN = 1_800_000_000.0
_names = itertools.count()


@pytest.fixture(scope="module")
def pacing(shared_valkey: object) -> Iterator[Pacing]:
    with redis.Redis.from_url(shared_valkey.url) as client:  # type: ignore[attr-defined]
        yield Pacing(client, INTERVAL_S, BURST)


def fresh() -> str:
    return f"number{next(_names)}"


@dataclass
class Number:
    """What Meta may count in a second, less what was granted lately, and no more than a part of it in a tenth of a
    second; at a share that grows back in ten minutes."""

    rate: int
    granted: list[tuple[float, int]] = field(default_factory=list)
    share: float = 1.0
    slowed: float | None = None
    closed: float = 0.0

    def grown(self, now: float) -> float:
        return 1.0 if self.slowed is None else min(1.0, self.share + (now - self.slowed) / 600)

    def left(self, now: float) -> int:
        if now < self.closed:
            return 0
        pace = self.rate * self.grown(now)
        limit = max(1, int(pace))
        in_a_second = limit - self.since(now - limit / pace / 0.98)
        return min(in_a_second, math.ceil(limit * 0.2) - self.since(now - 0.1))

    def since(self, moment: float) -> int:
        return sum(count for at, count in self.granted if at > moment)

    def give_back(self, amount: int) -> None:
        while amount and self.granted:
            at, count = self.granted.pop()
            if count > amount:
                self.granted.append((at, count - amount))
            amount -= min(amount, count)

    def slow(self, now: float, pause_s: float) -> None:
        if self.slowed is None or now - self.slowed >= 2:
            self.share, self.slowed = max(1 / 16, self.grown(now) / 2), now
        self.closed = max(self.closed, now + pause_s)


steps = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "take", "slow", "return"]),
        st.integers(1, 20),  # how many, or seconds of pause
        st.integers(0, 4000),  # milliseconds since the step before
    ),
    min_size=1,
    max_size=40,
)


@given(st.sampled_from([1, 20, 80, 1000]), steps)
@settings(max_examples=60, deadline=None)
def test_a_number_is_paced_as_the_model_says(
    pacing: Pacing, rate: int, script: list[tuple[str, int, int]]
) -> None:
    name, now, model = fresh(), BEGAN, Number(rate)
    for verb, amount, pause_ms in script:
        # Never on the very edge of a window, where the two sides round differently.
        now += pause_ms / 1000 + 0.0003
        if verb == "slow":
            pacing.slow(name, rate, amount, now)
            model.slow(now, amount)
        elif verb == "return":
            pacing.give_back(name, amount, rate, now)
            model.give_back(amount)
        else:
            granted = pacing.take(name, amount, rate, now)
            assert granted.messages == max(0, min(amount, model.left(now)))
            assert (granted.wait_s > 0) is (granted.messages < amount)
            if granted.messages:
                model.granted.append((now, granted.messages))


@given(st.lists(st.integers(0, 300), min_size=10, max_size=150))
@settings(max_examples=40, deadline=None)
def test_in_no_second_more_goes_out_than_the_rate(pacing: Pacing, gaps: list[int]) -> None:
    name, now, log = fresh(), BEGAN, []
    for gap in gaps:
        now += gap / 1000
        log.append((now, pacing.take(name, 50, RATE, now).messages))
    for began, _ in log:
        assert sum(count for at, count in log if began <= at < began + 1) <= RATE


@pytest.mark.parametrize("rate", [1, 7, 10, 80, 1000])
def test_who_comes_back_a_little_later_than_told_reaches_the_rate(pacing: Pacing, rate: int) -> None:
    name, now, sent = fresh(), BEGAN, 0
    while now < BEGAN + 20:
        granted = pacing.take(name, 64, rate, now)
        sent += granted.messages
        now += max(granted.wait_s, 0.02) + 0.005
    assert 0.95 * rate * 20 <= sent <= rate * 20


def test_a_stall_in_which_nobody_asks_costs_little_of_the_rate(pacing: Pacing) -> None:
    name, now, sent = fresh(), BEGAN, 0
    for tick in range(1000):
        sent += pacing.take(name, 64, RATE, now).messages
        now += 0.15 if tick % 20 == 0 else 0.02
    assert sent >= 0.95 * RATE * (now - BEGAN)


def test_the_messages_of_a_second_never_leave_in_one_moment(pacing: Pacing) -> None:
    name = fresh()
    assert pacing.take(name, 1000, RATE, BEGAN).messages == 16
    assert pacing.take(name, 1000, RATE, BEGAN + 0.09).messages == 0
    assert pacing.take(name, 1000, RATE, BEGAN + 0.11).messages == 16


def test_a_throttled_number_goes_on_at_half_its_pace_and_is_itself_again_after_minutes(
    pacing: Pacing,
) -> None:
    name = fresh()
    pacing.slow(name, RATE, 0.0, BEGAN)
    assert per_second(pacing, name, BEGAN + 1) == pytest.approx(RATE / 2, rel=0.05)
    assert per_second(pacing, name, BEGAN + 150) == pytest.approx(RATE * 0.75, rel=0.05)
    assert per_second(pacing, name, BEGAN + 600) == pytest.approx(RATE, rel=0.05)


def per_second(pacing: Pacing, name: str, now: float) -> int:
    """How many may go in the second before ``now``."""
    return sum(pacing.take(name, 50, RATE, now - 1 + tick / 50).messages for tick in range(50))


def test_calls_throttled_together_slow_a_number_once(pacing: Pacing) -> None:
    name = fresh()
    for late_ms in range(0, 1000, 100):
        pacing.slow(name, RATE, 0.0, BEGAN + late_ms / 1000)
    assert per_second(pacing, name, BEGAN + 2) == pytest.approx(RATE / 2, rel=0.06)


def test_metas_retry_after_closes_a_number_for_that_long(pacing: Pacing) -> None:
    name = fresh()
    pacing.slow(name, RATE, 30.0, BEGAN)
    refused = pacing.take(name, 1, RATE, BEGAN + 29)
    assert refused.messages == 0
    assert refused.wait_s == pytest.approx(1.0, abs=0.1)
    assert pacing.take(name, 1, RATE, BEGAN + 31).messages == 1


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=120))
@settings(max_examples=40, deadline=None)
def test_a_person_is_written_to_as_the_model_says(pacing: Pacing, gaps: list[int]) -> None:
    name, now_ms, whole_ms = fresh(), int(BEGAN) * 1000, 0
    for gap in gaps:
        now_ms += gap
        (wait_s,) = pacing.persons([name], now_ms / 1000)
        wanted_ms = max(0, max(whole_ms, now_ms) - now_ms - (BURST - 1) * 6000)
        assert wait_s == pytest.approx(wanted_ms / 1000, abs=0.01)
        if not wait_s:
            whole_ms = max(whole_ms, now_ms) + 6000


def test_a_person_may_be_written_to_in_a_burst_and_then_every_six_seconds(pacing: Pacing) -> None:
    name = fresh()
    assert [pacing.persons([name], BEGAN)[0] for _ in range(BURST + 1)] == [0.0] * BURST + [INTERVAL_S]
    assert pacing.persons([name], BEGAN + 6) == [0.0]
    assert pacing.persons([name], BEGAN + 6)[0] == INTERVAL_S


def test_persons_are_asked_for_together_and_paced_apart(pacing: Pacing) -> None:
    busy, free = fresh(), fresh()
    for _ in range(BURST):
        pacing.persons([busy], BEGAN)
    assert pacing.persons([busy, free], BEGAN) == [INTERVAL_S, 0.0]
    assert pacing.persons([], BEGAN) == []


def test_a_strained_person_has_no_burst_left(pacing: Pacing) -> None:
    name = fresh()
    pacing.strain(name)
    (wait_s,) = pacing.persons([name])
    assert INTERVAL_S - 1 < wait_s <= INTERVAL_S
