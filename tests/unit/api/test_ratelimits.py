"""An allowance: so much at once, and it grows back."""

from __future__ import annotations

import time

import pytest

from api.security.rate_limits import Allowance


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The moment, which the test moves on."""
    moment = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    return moment


def test_as_much_as_is_allowed_is_granted_at_once_and_no_more(clock: list[float]) -> None:
    allowance = Allowance("things", 5, 10)
    assert [allowance.take("ada").wait_s for _ in range(6)] == [0, 0, 0, 0, 0, 2]
    assert allowance.take("bob").wait_s == 0


def test_it_grows_back_and_never_beyond_what_it_was(clock: list[float]) -> None:
    allowance = Allowance("things", 5, 10)
    for _ in range(5):
        allowance.take("ada")
    clock[0] += 2
    assert allowance.take("ada") == (0, 0)
    assert allowance.take("ada").wait_s == 2
    clock[0] += 1000
    assert allowance.take("ada").left == 4


def test_what_was_refused_costs_nothing(clock: list[float]) -> None:
    allowance = Allowance("bytes", 100, 10)
    allowance.take("ada", 80)
    assert allowance.take("ada", 50).wait_s == 3
    assert allowance.take("ada", 20).wait_s == 0


def test_more_than_all_of_it_is_granted_to_who_has_all_of_it(clock: list[float]) -> None:
    allowance = Allowance("bytes", 100, 10)
    assert allowance.take("ada", 1000).wait_s == 0
    assert allowance.take("ada", 1).wait_s > 0


def test_none_is_no_limit() -> None:
    assert Allowance("things", 0, 10).take("ada").wait_s == 0


def test_a_crowd_of_callers_takes_bounded_memory() -> None:
    allowance = Allowance("things", 5, 10, most_callers=10)
    for number in range(100):
        allowance.take(str(number))
    assert len(allowance) == 10
