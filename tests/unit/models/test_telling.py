"""Facts in any order: the newest telling of each wins, whichever came last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.newest import fold

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
NEWS = st.tuples(
    st.dictionaries(
        st.sampled_from(["status", "quality", "reason"]), st.sampled_from(["A", "B", ""]), min_size=1
    ),
    st.integers(0, 3).map(lambda seconds: NOON + timedelta(seconds=seconds)),
)


def folded(news: list[tuple[dict[str, Any], datetime]]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    marks: dict[str, str] = {}
    for changes, at in news:
        fold(facts, marks, changes, at)
    return facts


@given(st.lists(NEWS, max_size=8).flatmap(lambda news: st.tuples(st.just(news), st.permutations(news))))
def test_any_order_ends_the_same(pair: Any) -> None:
    in_order, shuffled = pair
    assert folded(in_order) == folded(shuffled)


def test_what_is_told_later_in_time_wins_though_it_came_first() -> None:
    late = ({"status": "PAUSED"}, NOON + timedelta(seconds=1))
    assert folded([late, ({"status": "APPROVED"}, NOON)]) == {"status": "PAUSED"}


def test_the_same_again_changes_nothing() -> None:
    facts: dict[str, Any] = {}
    marks: dict[str, str] = {}
    assert fold(facts, marks, {"status": "PAUSED"}, NOON)
    assert not fold(facts, marks, {"status": "PAUSED"}, NOON)
    assert not fold(facts, marks, {"status": "PAUSED"}, NOON + timedelta(seconds=1))


def test_a_status_and_its_reason_stay_together_when_told_in_one_second() -> None:
    one = ({"status": "REJECTED", "reason": "SCAM"}, NOON)
    other = ({"status": "APPROVED", "reason": ""}, NOON)
    assert folded([one, other]) == folded([other, one])
    assert folded([one, other]) in (one[0], other[0])
