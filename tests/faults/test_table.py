"""Every row of the fault table, in its short form."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.home import Home
from faults.play import play
from faults.row import Row
from faults.table import ROWS

pytestmark = [pytest.mark.integration, pytest.mark.fault]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_nothing_is_lost_by(row: Row, fragile: Home, tmp_path: Path) -> None:
    result = play(row, fragile, tmp_path)
    assert result.passed, "\n".join(result.why)
