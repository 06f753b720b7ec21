"""Writing what a client gets: JSON of views, and pages with their links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import falcon
import msgspec

from api.bodies import Query
from models.page import Cursor, Page, decode_cursor, encode_cursor
from schema.errors import invalid

Item = TypeVar("Item")
_encode = msgspec.json.Encoder().encode
MOST, USUAL = 200, 50


def write(resp: falcon.Response, value: Any, status: int = 200) -> None:
    """``value``, any msgspec type, as JSON."""
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = _encode(value)


def read_place(query: Query) -> tuple[int, Cursor | None]:
    """``limit``, and the cursor of ``before`` or ``after``, from the query."""
    limit = query.number("limit", USUAL, 1, MOST)
    older = query.parsed("before", lambda text: decode_cursor(text, False))
    newer = query.parsed("after", lambda text: decode_cursor(text, True))
    if older and newer:
        query.problems["after"] = "cannot be given together with before; leave one out."
    return limit, older or newer


def page(query: Query, read: Callable[[int, Cursor | None], Page[Item]]) -> Page[Item]:
    """The page that is asked for, read by ``read``. Raises Refused invalid; a cursor of another list is the client's
    mistake."""
    limit, cursor = read_place(query)
    query.check()
    try:
        return read(limit, cursor)
    except ValueError as error:
        raise invalid({"after" if cursor and cursor.backwards else "before": str(error)}) from None


def write_all(resp: falcon.Response, items: Sequence[Any]) -> None:
    """A list that has one page."""
    write(resp, {"data": items, "next": None, "prev": None})


def write_page(req: falcon.Request, resp: falcon.Response, page: Page[Any], items: Sequence[Any]) -> None:
    """A list with links to the pages after and before it."""
    write(resp, {"data": items, "next": _link(req, page.next), "prev": _link(req, page.prev)})


def _link(req: falcon.Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    kept = {name: value for name, value in req.params.items() if name not in ("before", "after")}
    return (
        f"{req.path}?{urlencode(kept | {'after' if cursor.backwards else 'before': encode_cursor(cursor)})}"
    )
