"""The business numbers: which there are, and, for admins, adding one, its token, and removing it.

A token comes in and never goes out: of one that is stored, only the time it was set is told.
"""

from __future__ import annotations

from typing import Any

import falcon

from actions.numbers import Numbers, find
from api import answers, bodies
from api.resource import Resource
from models.actors.agents import ADMIN, ROLES
from models.numbers import numbers, standings
from models.numbers.numbers import Known
from schema.requests import AddNumber, ChangeNumber
from settings import Settings


class NumbersResource(Resource):
    """``/numbers`` and ``/numbers/{phone_number_id}``."""

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, settings: Settings, verbs: Numbers) -> None:
        self._settings = settings
        self._verbs = verbs

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        found = numbers.listed()
        ours = self._settings.meta.phone_number_id
        if ours and ours not in (each.phone_number_id for each in found):
            found.insert(0, Known(ours, "", "", None, None, None))  # known from its first message on
        answers.write_all(resp, [describe(each, self._settings) for each in found])

    def on_post_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """One more; one that is known is completed, and one that was removed comes back."""
        request = bodies.read(req, AddNumber)
        new = self._verbs.add(req.context.actor, request)
        answers.write(resp, describe(find(request.phone_number_id), self._settings), 201 if new else 200)

    def on_get(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        answers.write(resp, describe(find(phone_number_id), self._settings))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        changed = self._verbs.change(req.context.actor, phone_number_id, bodies.read(req, ChangeNumber))
        answers.write(resp, describe(changed, self._settings))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        self._verbs.remove(req.context.actor, phone_number_id)
        resp.status = 204


def describe(known: Known, settings: Settings) -> dict[str, Any]:
    """A number, with where its token is from (its own, the settings', or none) and how it stands at Meta."""
    shared = "settings" if settings.meta.access_token else "none"
    return known._asdict() | {
        "default": known.phone_number_id == settings.meta.phone_number_id,
        "token": "own" if known.token_set_at else shared,
        "standing": standings.find(known.phone_number_id),
    }
