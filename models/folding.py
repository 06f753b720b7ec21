"""Rows while news is folded into them: locked in the order of their keys, folded, and stored where that changed them.

Whoever is told of a change is told of the row as it stands then, so the revision rises with each store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from models import sql
from models.database import Table


class Standing(Protocol):
    """A row into which news is folded. ``changed`` says whether anything of it is to be told."""

    revision: int

    @property
    def changed(self) -> bool: ...

    def record(self) -> Mapping[str, Any]:
        """The columns that news may change, and the key."""


Row = TypeVar("Row", bound=Standing)


def lock(make: Callable[[Any], Row], statement: str, parameters: Any, *, of: str = "") -> dict[str, Row]:
    """The rows that a SELECT ... ORDER BY its first column, the key, finds, by key; held from here on, of several
    tables those of ``of`` alone."""
    hold = f"FOR UPDATE OF {of}" if of else "FOR UPDATE"
    return {row[0]: make(row) for row in sql.select(f"{statement} {hold}", parameters)}


def store_all(table: type[Table], rows: Iterable[Row], *, key: str = "id") -> None:
    """Store all that was told of, for the marks of what was told (models/newest.py) move also where nothing else did;
    the revision of those that changed is raised."""
    every_row = list(rows)
    for row in every_row:
        row.revision += row.changed
    sql.update(table, [{**row.record(), "revision": row.revision} for row in every_row], key=key)


def store(table: type[Table], rows: Iterable[Row], *, key: str = "id", also: str = "") -> list[Row]:
    """Store those that changed, each with its revision raised; returns them. ``also`` sets more (models/sql.py)."""
    changed = [row for row in rows if row.changed]
    for row in changed:
        row.revision += 1
    sql.update(table, [{**row.record(), "revision": row.revision} for row in changed], key=key, also=also)
    return changed
