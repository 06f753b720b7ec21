"""The business numbers: which there are, and, for admins, adding one, its token, and removing it.

A token comes in and never goes out: of one that is stored, only the time it was set is told.
"""

from __future__ import annotations

from typing import Literal

import falcon

from actions.numbers import Numbers, find
from api.operations import operation
from api.resource import Resource
from models.actors.agents import ADMIN, ROLES
from models.numbers import numbers, standings
from models.numbers.numbers import Known
from schema.requests import AddNumber, ChangeNumber
from schema.views import OwnNumberList, OwnNumberView
from settings import Settings


class NumbersResource(Resource):
    """``/numbers`` and ``/numbers/{phone_number_id}``."""

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, settings: Settings, verbs: Numbers) -> None:
        self._settings = settings
        self._verbs = verbs

    @operation("list_numbers", answer=OwnNumberList)
    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> OwnNumberList:
        """The business numbers, all on one page."""
        known = numbers.listed()
        ours = self._settings.meta.phone_number_id
        if ours and ours not in (number.phone_number_id for number in known):
            known.insert(0, Known(ours, "", "", None, None, None))  # known from its first message on
        return OwnNumberList(data=[describe(number, self._settings) for number in known])

    @operation(
        "add_number",
        body=AddNumber,
        answer=OwnNumberView,
        status=(201, 200),
        errors=("not_found", "secret_key_missing"),
    )
    def on_post_all(self, req: falcon.Request, resp: falcon.Response, request: AddNumber) -> OwnNumberView:
        """One more. One that is known is completed, and one that was removed comes back: 200 then."""
        new = self._verbs.add(req.context.actor, request)
        resp.status = 201 if new else 200
        return describe(find(request.phone_number_id), self._settings)

    @operation("get_number", answer=OwnNumberView, errors=("not_found",))
    def on_get(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> OwnNumberView:
        """One number."""
        return describe(find(phone_number_id), self._settings)

    @operation(
        "change_number",
        body=ChangeNumber,
        answer=OwnNumberView,
        errors=("not_found", "secret_key_missing"),
    )
    def on_patch(
        self, req: falcon.Request, resp: falcon.Response, phone_number_id: str, request: ChangeNumber
    ) -> OwnNumberView:
        """Change it, or its token; what is not named stays."""
        return describe(self._verbs.change(req.context.actor, phone_number_id, request), self._settings)

    @operation("remove_number", status=204, errors=("not_found", "number_in_settings"))
    def on_delete(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        """Forget a number and its token; its conversations stay."""
        self._verbs.remove(req.context.actor, phone_number_id)


def describe(known: Known, settings: Settings) -> OwnNumberView:
    """A number, with where its token is from (its own, the settings', or none) and how it stands at Meta."""
    shared: Literal["settings", "none"] = "settings" if settings.meta.access_token else "none"
    return OwnNumberView(
        **known._asdict(),
        default=known.phone_number_id == settings.meta.phone_number_id,
        token="own" if known.token_set_at else shared,
        standing=standings.find(known.phone_number_id),
    )
