"""The business numbers: which there are, and, for admins, adding one, its token, and removing it.

A token comes in and never goes out: of one that is stored, only the time it was set is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import falcon

from actions.numbers import RATE_MOST, Changes, Numbers
from api import answers, bodies
from api.bodies import Fields
from api.errors import ApiError
from models.actors.agents import ADMIN, ROLES
from models.numbers import numbers, standings
from models.numbers.keyring import KeyMissing
from models.numbers.numbers import Known
from settings import Settings

Stored = TypeVar("Stored")
# Meta's ids of numbers and accounts are digits alone.
_ID = re.compile(r"[0-9]{5,32}")
# It goes into a header; Meta's are letters and digits.
_TOKEN = re.compile(r"[!-~]{1,1000}")


class NumbersResource:
    """GET: the numbers in use. POST {phone_number_id, account_id?, display_number?, access_token?, send_rate?}: one
    more.

    Posting one that is known completes it, and brings back one that was removed.
    """

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, settings: Settings, numbers: Numbers) -> None:
        self._settings = settings
        self._numbers = numbers

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        found = numbers.listed()
        ours = self._settings.whatsapp_phone_number_id
        if ours and ours not in (each.phone_number_id for each in found):
            found.insert(0, Known(ours, "", "", None, None, None))  # known from its first message on
        listed = [describe(each, self._settings) for each in found]
        answers.write(resp, {"data": listed, "next": None, "prev": None})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        phone_number_id = _id(fields, "phone_number_id", required=True)
        changes = _changes(fields)
        fields.check()
        new = _storing(lambda: self._numbers.add(str(phone_number_id), changes))
        answers.write(resp, describe(_find(str(phone_number_id)), self._settings), 201 if new else 200)


class NumberResource:
    """PATCH {account_id?, display_number?, access_token?, send_rate?}, null forgetting the last two; DELETE; GET."""

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, settings: Settings, numbers: Numbers) -> None:
        self._settings = settings
        self._numbers = numbers

    def on_get(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        answers.write(resp, describe(_find(phone_number_id), self._settings))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        changes = _changes(fields)
        fields.check()
        if phone_number_id == self._settings.whatsapp_phone_number_id:
            numbers.ensure({phone_number_id: ("", "")})
        _find(phone_number_id)
        _storing(lambda: self._numbers.change(phone_number_id, changes))
        answers.write(resp, describe(_find(phone_number_id), self._settings))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, phone_number_id: str) -> None:
        if phone_number_id == self._settings.whatsapp_phone_number_id:
            raise ApiError(
                "number_in_settings",
                "This number is WHATSAPP_PHONE_NUMBER_ID; change that setting before you remove it.",
            )
        _find(phone_number_id)
        self._numbers.remove(phone_number_id)
        resp.status = 204


def describe(known: Known, settings: Settings) -> dict[str, Any]:
    """A number, with where its token is from (its own, the settings', or none) and how it stands at Meta."""
    shared = "settings" if settings.whatsapp_access_token else "none"
    return known._asdict() | {
        "default": known.phone_number_id == settings.whatsapp_phone_number_id,
        "token": "own" if known.token_set_at else shared,
        "standing": standings.find(known.phone_number_id),
    }


def _find(phone_number_id: str) -> Known:
    found = numbers.find(phone_number_id) if _ID.fullmatch(phone_number_id) else None
    if found is None:
        raise ApiError("not_found", f"There is no number {phone_number_id[:60]!r}.")
    return found


def _changes(fields: Fields) -> Changes:
    token = fields.text("access_token", longest=1000)
    if token is not None and not _TOKEN.fullmatch(token):
        fields.wrong({"access_token": "holds something else than printable ASCII; copy it whole."})
    if token is None and fields.names("access_token"):
        token = ""
    return Changes(_id(fields, "account_id"), fields.text("display_number", longest=40), token, _rate(fields))


def _rate(fields: Fields) -> float | None:
    rate = fields.value("send_rate")
    if rate is None:
        return 0.0 if fields.names("send_rate") else None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= RATE_MOST:
        fields.wrong({"send_rate": f"must be messages a second, above 0 and at most {RATE_MOST}."})
        return None
    return float(rate)


def _id(fields: Fields, name: str, *, required: bool = False) -> str | None:
    value = fields.text(name, required=required)
    if value is not None and not _ID.fullmatch(value):
        fields.wrong({name: f"is {value[:60]!r}; Meta's ids are 5 to 32 digits."})
    return value


def _storing(store: Callable[[], Stored]) -> Stored:
    try:
        return store()
    except KeyMissing as error:
        raise ApiError("secret_key_missing", f"The token was not stored: {error}") from None
