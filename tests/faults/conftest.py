"""The rows that were asked for, played in houses side by side."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.tables.row import Row
from tests.faults.houses import Houses

HOUSES = 3


def rows_of(session: pytest.Session) -> list[Row]:
    """The rows that the chosen tests look at, in their order."""
    calls = [
        item.callspec
        for item in session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    played_rows = [call.params["row"] for call in calls if isinstance(call.params.get("row"), Row)]
    return [row for row in played_rows if not row.impossible()]


@pytest.fixture(scope="session")
def houses(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    rows = rows_of(request.session)
    made = Houses(rows, min(HOUSES, len(rows)), tmp_path_factory.mktemp("houses"))
    yield made
    made.close()
