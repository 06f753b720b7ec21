"""What Postgres does for a statement: which tables it reads whole, and how many rows it looks at in vain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from models.database import database

_EXPLAINED = ("SELECT", "UPDATE", "WITH", "DELETE")


class Node(NamedTuple):
    """A step of a plan that reads a table: how, how many rows it gave, how many it looked at and threw away."""

    table: str
    kind: str
    rows: float
    in_vain: float


def _nodes(plan: dict[str, Any]) -> Iterator[Node]:
    if table := plan.get("Relation Name"):
        loops = plan.get("Actual Loops", 1)
        in_vain = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield Node(table, plan["Node Type"], plan.get("Actual Rows", 0) * loops, in_vain * loops)
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@contextmanager
def _undone() -> Iterator[None]:
    with database.savepoint() as point:
        yield
        point.rollback()


def of(work: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[Node]:
    """Run ``work`` in a transaction and tell what each of its statements reads."""
    nodes: list[Node] = []
    real = database.obj.execute_sql

    def explained(sql: str, parameters: Any = None, *more: Any, **how: Any) -> Any:
        if sql.lstrip().startswith(_EXPLAINED):
            with monkeypatch.context() as plain:
                plain.setattr(database.obj, "execute_sql", real)
                with _undone():
                    ((answer,),) = real(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", parameters).fetchall()
            plan = json.loads(answer) if isinstance(answer, str) else answer
            nodes.extend(_nodes(plan[0]["Plan"]))
        return real(sql, parameters, *more, **how)

    with monkeypatch.context() as patch, database.atomic():
        patch.setattr(database.obj, "execute_sql", explained)
        work()
    return nodes
