"""Writing what a client gets: JSON of views, and pages with their links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import falcon
import msgspec

from api import bodies
from models.page import Cursor, Page, decode_cursor, encode_cursor
from schema import requests
from schema.errors import invalid
from schema.reading import Problems, Valid
from schema.views import Listed, View

Item = TypeVar("Item")
Listing = TypeVar("Listing", bound=requests.Page)
List = TypeVar("List", bound=Listed[Any])
_encode = msgspec.json.Encoder().encode


def write(resp: falcon.Response, view: View) -> None:
    """The view as JSON."""
    resp.content_type = falcon.MEDIA_JSON
    resp.data = _encode(view)


def read_list(req: falcon.Request, asked: type[Listing]) -> Listing:
    """Which page of a list is asked for. Raises Refused invalid."""
    return bodies.read_query(req, asked, _cursor_problems)


def page(query: requests.Page, read: Callable[[int, Cursor | None], Page[Item]]) -> Page[Item]:
    """The page that is asked for, read by ``read``. Raises Refused invalid: a cursor of another list is the client's
    mistake."""
    given = "after" if query.after else "before"
    try:
        return read(query.limit, _cursor(given, getattr(query, given)))
    except ValueError as error:
        raise invalid({given: str(error)}) from None


def _cursor(given: str, text: str | None) -> Cursor | None:
    """Raises ValueError where the text is no cursor."""
    return decode_cursor(text, given == "after") if text else None


def _cursor_problems(valid: Valid) -> Problems:
    problems = {}
    for given in ("before", "after"):
        try:
            _cursor(given, valid.get(given))
        except ValueError as error:
            problems[given] = str(error)
    return problems


def linked(kind: type[List], req: falcon.Request, page: Page[Any], items: Sequence[Any]) -> List:
    """A list with links to the pages after and before it."""
    return kind(data=items, next=_link(req, page.next), prev=_link(req, page.prev))


def _link(req: falcon.Request, cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    kept = {name: value for name, value in req.params.items() if name not in ("before", "after")}
    return (
        f"{req.path}?{urlencode(kept | {'after' if cursor.backwards else 'before': encode_cursor(cursor)})}"
    )
