"""The pace of a number and of a person, against a plain model: the rules themselves, worked out in fractions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.pacing import Pacing

pytestmark = pytest.mark.integration

RATE, INTERVAL_S, BURST = 80.0, 6.0, 45
BEGAN = 1_800_000_000.0
_names = itertools.count()


@pytest.fixture(scope="module")
def pacing(valkey_of_tasks: object) -> Iterator[Pacing]:
    with redis.Redis.from_url(valkey_of_tasks.url) as client:  # type: ignore[attr-defined]
        yield Pacing(client, INTERVAL_S, BURST)


def fresh() -> str:
    return f"number{next(_names)}"


@dataclass
class Number:
    """Four hundredths of the rate may gather; the rest comes in a second, at a share that grows back in ten minutes."""

    rate: Fraction
    tokens: Fraction
    at: Fraction
    share: Fraction = Fraction(1)
    slowed: Fraction | None = None
    closed: Fraction = Fraction(0)

    def settle(self, now: Fraction) -> None:
        since = max(self.at, self.closed)
        self.at = now
        grown = self.grown(now)
        self.tokens = min(
            self.capacity, self.tokens + max(Fraction(0), now - since) * self.rate * Fraction(96, 100) * grown
        )
        if now < self.closed:
            self.tokens = Fraction(0)

    @property
    def capacity(self) -> Fraction:
        return max(Fraction(1), self.rate / 25)

    def grown(self, now: Fraction) -> Fraction:
        return (
            Fraction(1) if self.slowed is None else min(Fraction(1), self.share + (now - self.slowed) / 600)
        )

    def slow(self, now: Fraction, pause: Fraction) -> None:
        self.settle(now)
        if self.slowed is None or now - self.slowed >= 2:
            self.share, self.slowed, self.tokens = max(Fraction(1, 16), self.grown(now) / 2), now, Fraction(0)
        self.closed = max(self.closed, now + pause)


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
    name, now = fresh(), Fraction(int(BEGAN))
    model = Number(Fraction(rate), max(Fraction(1), Fraction(rate, 25)), now)
    for verb, amount, pause_ms in script:
        now += Fraction(pause_ms, 1000)
        if verb == "slow":
            pacing.slow(name, rate, amount, float(now))
            model.slow(now, Fraction(amount))
            continue
        model.settle(now)
        if verb == "return":
            pacing.give_back(name, amount, rate, float(now))
            model.tokens = min(model.capacity, model.tokens + amount)
            continue
        granted = pacing.take(name, amount, rate, float(now))
        # Floats on one side, fractions on the other: they may differ where a token is just whole.
        assert abs(granted.messages - min(amount, int(model.tokens))) <= (
            abs(model.tokens - round(model.tokens)) < 0.01
        )
        model.tokens -= granted.messages
        assert (granted.wait_s > 0) is (granted.messages < amount)


@given(st.lists(st.integers(0, 300), min_size=10, max_size=150))
@settings(max_examples=40, deadline=None)
def test_in_no_second_more_goes_out_than_the_rate(pacing: Pacing, gaps: list[int]) -> None:
    name, now, log = fresh(), BEGAN, []
    for gap in gaps:
        now += gap / 1000
        log.append((now, pacing.take(name, 50, RATE, now).messages))
    for first, second in itertools.combinations(range(len(log)), 2):
        sent = sum(count for _, count in log[first : second + 1])
        assert sent <= RATE * max(1.0, log[second][0] - log[first][0]) + 1e-3


def test_who_comes_back_when_told_reaches_the_rate(pacing: Pacing) -> None:
    name, now, sent = fresh(), BEGAN, 0
    while now < BEGAN + 10:
        granted = pacing.take(name, 8, RATE, now)
        sent += granted.messages
        now += max(granted.wait_s, 0.001)
    assert 0.95 * RATE * 10 <= sent <= RATE * 10


def test_a_throttled_number_goes_on_at_half_its_pace_and_is_itself_again_after_minutes(
    pacing: Pacing,
) -> None:
    name = fresh()
    pacing.take(name, 4, RATE, BEGAN)
    pacing.slow(name, RATE, 0.0, BEGAN)
    assert per_second(pacing, name, BEGAN + 1) == pytest.approx(RATE / 2, rel=0.05)
    assert per_second(pacing, name, BEGAN + 150) == pytest.approx(RATE * 0.75, rel=0.05)
    assert per_second(pacing, name, BEGAN + 600) == pytest.approx(RATE, rel=0.05)


def per_second(pacing: Pacing, name: str, now: float) -> int:
    pacing.take(name, 1000, RATE, now)  # whatever has gathered
    return sum(pacing.take(name, 50, RATE, now + tick / 50).messages for tick in range(1, 51))


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
