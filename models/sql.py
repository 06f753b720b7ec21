"""SQL whose columns come from the tables: lists of them, inserts and updates of many rows, with the casts each needs.

A table states its columns once, in its class; a test holds the classes to the migrations. What is a matter of thought
(claims, folds, searches) stays SQL where it is; this is for what would only be typed again.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

import peewee

from models.database import JsonField, Table, bulk, database, json

Record = Mapping[str, Any]
"""One row to write, by the names of its columns. All rows of one statement have the same."""


def columns(table: type[Table], names: Sequence[str], alias: str = "") -> str:
    """``names`` as a list for SELECT and RETURNING, each of ``alias`` where one is given."""
    known = _fields(table)
    return ", ".join(
        f"{alias}.{known[name].column_name}" if alias else known[name].column_name for name in names
    )


def insert(table: type[Table], records: Sequence[Record], rest: str = "", *, where: str = "") -> list[Any]:
    """Insert rows in one statement, with what ``rest`` says after them (ON CONFLICT, RETURNING); returns that.

    ``where`` is what must hold of a row ``n`` for it to be inserted, be it a JOIN, a WHERE, or both.
    """
    if not records:
        return []
    names = tuple(records[0])
    listed = ", ".join(names)
    chosen = ", ".join(f"n.{name}" for name in names)
    source = f"SELECT {chosen} FROM (VALUES %s) AS n ({listed}) {where}" if where else "VALUES %s"
    statement = f"INSERT INTO {_name(table)} ({listed}) {source} {rest}"
    return bulk(statement, [_values(table, names, record) for record in records], _template(table, names))


def update(
    table: type[Table], records: Sequence[Record], *, key: str = "id", also: str = "", rest: str = ""
) -> list[Any]:
    """Set the columns of many rows, each to its own values, in one statement.

    The row is ``t`` and its new values ``n``; ``also`` sets more columns than the records hold, ``rest`` stands behind
    the condition (AND ..., RETURNING ...), and is what is returned.
    """
    if not records:
        return []
    names = tuple(records[0])
    set_to = ", ".join(f"{name} = n.{name}" for name in names if name != key)
    statement = (
        f"UPDATE {_name(table)} t SET {', '.join(filter(None, (set_to, also)))}"
        f" FROM (VALUES %s) AS n ({', '.join(names)}) WHERE t.{key} = n.{key} {rest}"
    )
    return bulk(statement, [_values(table, names, record) for record in records], _template(table, names))


def select(sql: str, parameters: Any = ()) -> list[Any]:
    """Run a statement and fetch its rows, each with its columns by name."""
    cursor = database.execute_sql(sql, parameters)
    row = _row(tuple(column.name for column in cursor.description))
    return [row(*values) for values in cursor.fetchall()]


@functools.cache
def _row(names: tuple[str, ...]) -> Any:
    # Of two columns of one name the second is found by its place alone.
    return namedtuple("Row", names, rename=True)


@functools.cache
def _fields(table: type[Table]) -> dict[str, peewee.Field]:
    fields: dict[str, peewee.Field] = table._meta.columns
    return fields


def _name(table: type[Table]) -> str:
    name: str = table._meta.table_name
    return name


def _values(table: type[Table], names: Sequence[str], record: Record) -> tuple[Any, ...]:
    known = _fields(table)
    return tuple(json(record[name]) if isinstance(known[name], JsonField) else record[name] for name in names)


@functools.cache
def _template(table: type[Table], names: tuple[str, ...]) -> str:
    """A row of parameters: Postgres takes a bare one in VALUES for text, whatever column it is for."""
    known = _fields(table)
    return f"({', '.join(f'%s{_cast(known[name])}' for name in names)})"


def _cast(field: peewee.Field) -> str:
    if isinstance(field, peewee.ForeignKeyField):
        return _cast(field.rel_field)
    kind = _TYPES.get(field.field_type.upper(), field.field_type.lower())
    return "" if kind == "text" else f"::{kind}"


_TYPES = {"INT": "int", "BIGINT": "bigint", "BOOL": "boolean", "TEXT": "text", "UUID": "uuid", "AUTO": "int"}
