"""Every row of the fault table in its short form, and half a minute of chaos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faults.chaos import chaos, plan
from faults.tables.all import ROWS
from faults.tables.row import Row

if TYPE_CHECKING:
    from tests.faults.houses import Houses

# A test may wait for a row that is behind others.
pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(300)]

SEED, CHAOS_S = 7, 30
# A kill of each process and each engine, one of them between two steps: a minute.
BRIEF = {
    *("worker-killed-after-commit", "sender-killed-after-taken", "web-killed", "gateway-killed"),
    *("redis-killed", "postgres-restarted", "everything-killed"),
}
# The longest first: the others are played meanwhile.
PLAYED = [chaos(plan(SEED, CHAOS_S)), *ROWS]


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=row.name, marks=() if row.name in BRIEF else pytest.mark.long) for row in PLAYED],
)
def test_nothing_is_lost_by(row: Row, houses: Houses) -> None:
    if why := row.impossible():
        pytest.skip(why)
    result = houses.result(row)
    assert result.passed, "\n".join(result.why)
