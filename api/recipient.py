"""Whom a message is for: a phone, a business-scoped user id, a group, or whoever a conversation is with."""

from __future__ import annotations

import re

from api import bodies, phone_numbers
from api.bodies import Fields
from schema.views import ContactView
from whatsapp.inbound.updates import Customer

INDIVIDUAL, GROUP = "individual", "group"
# Country code, dot, letters and digits; a parent id has ENT in between. Otherwise opaque.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
# Meta's are base64 and opaque; a phone number with a plus is none.
_GROUP_ID = re.compile(r"(?![+0-9]+$)[A-Za-z0-9+/=_-]{8,200}")


def kind(fields: Fields) -> str | None:
    """The Cloud API's ``recipient_type``: individual, group, or None where nothing is said of it."""
    told = fields.value("recipient_type")
    if told not in (None, INDIVIDUAL, GROUP):
        fields.wrong({"recipient_type": f"is {told!r:.40}; write {INDIVIDUAL} or {GROUP}, or leave it out."})
        return None
    return str(told) if told else None


def named(fields: Fields, recipient_type: str | None) -> tuple[Customer | None, str | None]:
    """Whom to write to: (customer, None) for ``to``, (None, id) for ``conversation_id``."""
    conversation_id, to = fields.id("conversation_id"), fields.text("to", longest=200)
    if ("conversation_id" in fields) == ("to" in fields):
        fields.wrong({"conversation_id": "or else to must be given, and not both."})
        return None, None
    if to is None:
        return None, conversation_id
    if recipient_type == GROUP:
        return _group(fields, to), None
    if _USER_ID.fullmatch(to):
        return Customer(phone=None, user_id=to), None
    try:
        return Customer(phone=phone_numbers.read(to), user_id=None), None
    except ValueError as problem:
        user_id = " A user id looks like GB.abc123." if re.search("[A-Za-z]", to) else ""
        fields.wrong({"to": f"{problem}{user_id}"})
        return None, None


def _group(fields: Fields, to: str) -> Customer | None:
    if not _GROUP_ID.fullmatch(to):
        fields.wrong({"to": "is no id of a group, which recipient_type group asks for."})
        return None
    return Customer(phone=None, user_id=None, group_id=to)


def check(kind: str | None, who: ContactView) -> None:
    """Raise ApiError ``invalid`` where somebody else is meant than a conversation is with."""
    right = GROUP if who.group_id else INDIVIDUAL
    if kind not in (None, right):
        bodies.raise_invalid({"recipient_type": f"is {kind}, but this conversation's is {right}."})
