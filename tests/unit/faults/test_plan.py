"""A seed is a plan: the same rows, at the same times, for as long, on every machine."""

from __future__ import annotations

from faults.chaos import plan
from faults.scene import Scene
from faults.tables.row import Row


def never(_: Scene) -> None:
    raise AssertionError("a plan strikes nothing")


ROWS = [
    Row("brief", "", "", never, in_chaos=True),
    Row("counted", "", "", never, short=2, long=6, in_chaos=True),
    Row("long", "", "", never, short=3, long=60, in_chaos=True),
    Row("alone", "", "", never),
]


def test_the_same_seed_is_the_same_plan() -> None:
    assert plan(7, 600, ROWS) == plan(7, 600, ROWS)


def test_another_seed_is_another_plan() -> None:
    assert plan(7, 600, ROWS) != plan(8, 600, ROWS)


def test_a_longer_plan_begins_as_the_shorter_one() -> None:
    short = plan(7, 60, ROWS)
    assert plan(7, 600, ROWS)[: len(short)] == short


def test_only_rows_that_may_strike_among_others_do_and_all_of_them() -> None:
    assert {strike.row.name for strike in plan(7, 600, ROWS)} == {"brief", "counted", "long"}


def test_strikes_come_one_after_the_other_within_the_time() -> None:
    times = [strike.at_s for strike in plan(7, 600, ROWS)]
    assert times == sorted(set(times))
    assert times[-1] < 600


def test_an_extent_lies_between_the_rows_forms_and_is_bounded() -> None:
    for strike in plan(7, 600, ROWS):
        assert strike.row.short <= strike.extent <= min(strike.row.long, 10)
        assert strike.extent == int(strike.extent)
