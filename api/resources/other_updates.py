"""What Meta sent that is no message and no status, or that nobody could read: listed, shown, noted. For admins."""

from __future__ import annotations

from typing import Any

import falcon

from actions.other_updates import OtherUpdates, find
from api import answers
from api.resource import Resource
from models.actors.agents import ADMIN
from models.ledger import other_updates
from models.ledger.other_updates import Filter, Kept
from schema.requests import ListOtherUpdates

UNREADABLE = "unreadable"
"""What updates are called in which not even a field could be found."""


class OtherUpdatesResource(Resource):
    """``/other-updates`` and ``/other-updates/{update_id}``."""

    roles = (ADMIN,)

    def __init__(self, verbs: OtherUpdates) -> None:
        self._verbs = verbs

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Those kept, newest first; with ``unread=true`` those that may have been messages and are not noted."""
        query = answers.read_list(req, ListOtherUpdates)
        chosen = Filter("" if query.field == UNREADABLE else query.field, query.unread)
        page = answers.page(query, lambda limit, cursor: other_updates.page(chosen, limit, cursor))
        answers.write_page(req, resp, page, [describe(kept) for kept in page.items])

    def on_post_note_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All that are unread were looked at."""
        answers.write(resp, {"noted": self._verbs.note_all(req.context.actor)})

    def on_get(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> None:
        """One, with its body."""
        kept, body = find(update_id)
        answers.write(resp, describe(kept) | {"body": body})

    def on_post_note(self, req: falcon.Request, resp: falcon.Response, update_id: str) -> None:
        """One was looked at. Safe to repeat."""
        answers.write(resp, describe(self._verbs.note(req.context.actor, update_id)))


def describe(kept: Kept) -> dict[str, Any]:
    return kept._asdict() | {"field": kept.field or UNREADABLE}
