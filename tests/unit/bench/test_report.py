"""Ratios, targets and how they are shown."""

from __future__ import annotations

import json

from bench.measures.pairs import in_turn
from bench.measures.report import AT_LEAST, AT_MOST, Target, as_json, as_table


def pairs_of(ours: list[float], reference: list[float]):  # type: ignore[no-untyped-def]
    mine, theirs = iter(ours), iter(reference)
    return in_turn(len(ours), "test", lambda: {"rate": next(mine)}, lambda: {"rate": next(theirs)})


def test_the_ratio_is_the_median_of_the_pairs_and_not_of_the_medians() -> None:
    # The machine was twice as slow in the second pair.
    row = pairs_of([10, 5, 11], [5, 2.5, 4]).row("rate", "x", "1/s")
    assert row.ratio == 2.0


def test_a_target_of_at_most_is_met_from_below() -> None:
    assert Target(AT_MOST, 1.6).met_by(1.6)
    assert not Target(AT_MOST, 1.6).met_by(1.7)


def test_a_target_of_at_least_is_met_from_above() -> None:
    assert Target(AT_LEAST, 2).met_by(2.5)
    assert not Target(AT_LEAST, 2).met_by(1.9)


def test_json_has_the_agreed_keys_and_no_notes() -> None:
    rows = [pairs_of([4], [2]).row("rate", "x", "1/s", Target(AT_LEAST, 2))]
    figures = {"name": "x", "ours": 4.0, "reference": 2.0, "unit": "1/s", "ratio": 2.0}
    assert json.loads(as_json(rows)) == [figures | {"target": ">= 2x", "met": True}]


def test_a_table_is_aligned_and_shouts_where_a_target_is_missed() -> None:
    row = pairs_of([1], [2]).row("rate", "a long name", "1/s", Target(AT_LEAST, 2))
    head, line = as_table([row]).splitlines()
    assert head.index("met") == line.index("NO")
