"""What Meta sent that is no message and no status, or that nobody could read: listed, shown, noted. For admins."""

from __future__ import annotations

from typing import Any

import falcon

from api import answers
from api.bodies import Query
from api.errors import ApiError
from ground.ids import is_id
from models.actors.agents import ADMIN
from models.ledger import other_updates
from models.ledger.other_updates import Filter, Kept

UNREADABLE = "unreadable"
"""What updates are called in which not even a field could be found."""


class OtherUpdatesResource:
    """GET: those kept, newest first; with ``unread=true`` those that may have been messages and are not noted."""

    roles = (ADMIN,)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = Query(req, ("field", "unread", "limit", "before", "after"))
        field = query.text("field")
        chosen = Filter("" if field == UNREADABLE else field, query.flag("unread"))
        limit, cursor = answers.read_place(query)
        query.check()
        page = answers.page_at(lambda: other_updates.page(chosen, limit, cursor), cursor)
        answers.write_page(req, resp, page, [describe(kept) for kept in page.items])


class OtherUpdateResource:
    """GET: one, with its body."""

    roles = (ADMIN,)

    def on_get(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> None:
        kept, body = _find(update_id)
        answers.write(resp, describe(kept) | {"body": body})


class OtherUpdateNoteResource:
    """POST: one was looked at. Safe to repeat."""

    roles = (ADMIN,)

    def on_post(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> None:
        _find(update_id)
        other_updates.note(update_id)
        answers.write(resp, describe(_find(update_id)[0]))


class OtherUpdatesNoteResource:
    """POST: all that are unread were looked at."""

    roles = (ADMIN,)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        answers.write(resp, {"noted": other_updates.note()})


def describe(kept: Kept) -> dict[str, Any]:
    return kept._asdict() | {"field": kept.field or UNREADABLE}


def _find(update_id: str) -> tuple[Kept, Any]:
    found = other_updates.get(update_id) if is_id(update_id) else None
    if found is None:
        raise ApiError("not_found", f"There is no other update {update_id[:60]!r}.")
    return found
