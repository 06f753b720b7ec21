"""Whom a message is for, as it is written: a phone, a business-scoped user id, or a group."""

from __future__ import annotations

import re
from typing import NamedTuple

from schema import phone_numbers

INDIVIDUAL, GROUP = "individual", "group"
# Country code, dot, letters and digits; a parent id has ENT in between. Otherwise opaque.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
# Meta's are base64 and opaque; a phone number with a plus is none.
_GROUP_ID = re.compile(r"(?![+0-9]+$)[A-Za-z0-9+/=_-]{8,200}")


class Recipient(NamedTuple):
    """Exactly one of them is told."""

    phone: str | None = None
    user_id: str | None = None
    group_id: str | None = None


def problems(to: str, recipient_type: str | None) -> dict[str, str]:
    """What is wrong with ``to``: field -> sentence."""
    try:
        read(to, recipient_type)
    except ValueError as problem:
        return {"to": str(problem)}
    return {}


def read(to: str, recipient_type: str | None) -> Recipient:
    """Raises ValueError with what is wrong, to be read after the name of the field."""
    if recipient_type == GROUP:
        if not _GROUP_ID.fullmatch(to):
            raise ValueError("is no id of a group, which recipient_type group asks for.")
        return Recipient(group_id=to)
    if _USER_ID.fullmatch(to):
        return Recipient(user_id=to)
    try:
        return Recipient(phone=phone_numbers.read(to))
    except ValueError as problem:
        hint = " A user id looks like GB.abc123." if re.search("[A-Za-z]", to) else ""
        raise ValueError(f"{problem}{hint}") from None
