"""Keyset paging: a page is found by the values of the last row, so the thousandth costs what the first does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import peewee

from models.sql import select

Item = TypeVar("Item")


class Cursor(NamedTuple):
    """A place between two rows. ``backwards`` asks for the page that ends there."""

    values: tuple[str, ...]
    backwards: bool = False


class Page(NamedTuple, Generic[Item]):
    """Rows in the list's own order, and the cursors to the pages after and before it, if there are any."""

    items: list[Item]
    next: Cursor | None
    prev: Cursor | None


def encode_cursor(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor.values)).decode().rstrip("=")


def decode_cursor(text: str, backwards: bool) -> Cursor:
    """Raises ValueError where ``text`` is no cursor of ours."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        values = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=tuple[str, ...])
    except (binascii.Error, UnicodeEncodeError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError("is no cursor; use the value from a next or prev link") from error
    return Cursor(values, backwards)


def keyset(
    sql: str,
    conditions: list[str],
    parameters: list[Any],
    *,
    keys: Sequence[str],
    key_of: Callable[[Any], tuple[str, ...]],
    make: Callable[[tuple[Any, ...]], Item],
    limit: int,
    cursor: Cursor | None,
) -> Page[Item]:
    """A page of ``sql`` ordered by ``keys`` descending.

    One row more than asked for is read, to know whether there is a further page.
    Raises ValueError where the cursor belongs to another list.
    """
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        if len(cursor.values) != len(keys):
            raise ValueError("is a cursor of another list")
        marks = ", ".join(["%s"] * len(keys))
        conditions = [*conditions, f"({', '.join(keys)}) {'>' if backwards else '<'} ({marks})"]
        parameters = [*parameters, *cursor.values]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = ", ".join(f"{key} {'ASC' if backwards else 'DESC'}" for key in keys)
    try:
        fetched = [
            make(row) for row in select(f"{sql}{where} ORDER BY {order} LIMIT %s", [*parameters, limit + 1])
        ]
    except (peewee.DataError, ValueError) as error:
        raise ValueError("is a cursor of another list") from error
    more, items = len(fetched) > limit, fetched[:limit]
    if backwards:
        items.reverse()
    if not items:
        return Page([], None, None)
    older = Cursor(key_of(items[-1])) if more or backwards else None
    newer = Cursor(key_of(items[0]), True) if (more if backwards else cursor is not None) else None
    return Page(items, older, newer)
