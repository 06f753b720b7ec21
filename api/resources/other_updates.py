"""What Meta sent that is no message and no status, or that nobody could read: listed, shown, noted. For admins."""

from __future__ import annotations

from typing import Any

import falcon

from actions.other_updates import OtherUpdates, find
from api import answers
from api.operations import operation
from api.resource import Resource
from models.actors.agents import ADMIN
from models.ledger import other_updates
from models.ledger.other_updates import Filter, Kept
from schema.requests import ListOtherUpdates
from schema.views import NotedView, OtherUpdateList, OtherUpdateView, WholeOtherUpdateView

UNREADABLE = "unreadable"
"""What updates are called in which not even a field could be found."""


class OtherUpdatesResource(Resource):
    """``/other-updates`` and ``/other-updates/{update_id}``."""

    roles = (ADMIN,)

    def __init__(self, verbs: OtherUpdates) -> None:
        self._verbs = verbs

    @operation("list_other_updates", query=ListOtherUpdates, answer=OtherUpdateList)
    def on_get_all(
        self, req: falcon.Request, resp: falcon.Response, query: ListOtherUpdates
    ) -> OtherUpdateList:
        """Those kept, newest first; with ``unread=true`` those that may have been messages and are not noted."""
        chosen = Filter("" if query.field == UNREADABLE else query.field, query.unread)
        page = answers.page(query, lambda limit, cursor: other_updates.page(chosen, limit, cursor))
        return answers.linked(OtherUpdateList, req, page, [describe(kept) for kept in page.items])

    @operation("note_other_updates", answer=NotedView)
    def on_post_note_all(self, req: falcon.Request, resp: falcon.Response) -> NotedView:
        """All that are unread were looked at."""
        return NotedView(noted=self._verbs.note_all(req.context.actor))

    @operation("get_other_update", answer=WholeOtherUpdateView, errors=("not_found",))
    def on_get(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> WholeOtherUpdateView:
        """One, with its body."""
        kept, body = find(update_id)
        return WholeOtherUpdateView(**_fields(kept), body=body)

    @operation("note_other_update", answer=OtherUpdateView, errors=("not_found",))
    def on_post_note(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> OtherUpdateView:
        """One was looked at. Safe to repeat."""
        return describe(self._verbs.note(req.context.actor, update_id))


def describe(kept: Kept) -> OtherUpdateView:
    return OtherUpdateView(**_fields(kept))


def _fields(kept: Kept) -> dict[str, Any]:
    return kept._asdict() | {"field": kept.field or UNREADABLE}
