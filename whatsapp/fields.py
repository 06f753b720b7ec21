"""Reading one field of what Meta sent, whatever is really there. Meta promises neither presence nor types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

LONGEST_ID = 512
LONGEST_PERSON = 200
"""Of a phone, a user id or a group's id."""
# A year outside is no time of a message, and windows are reckoned from it: 9999 plus a day is no date at all.
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def text(body: dict[str, Any], key: str) -> str:
    """The text under ``key``; empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def required(body: dict[str, Any], key: str) -> str:
    """The text under ``key``. Raises ValueError where it is missing, empty or too long for an id."""
    value = text(body, key)
    if not 0 < len(value) <= LONGEST_ID:
        raise ValueError(f"{key} is missing, empty or longer than {LONGEST_ID} characters")
    return value


def identifier(body: dict[str, Any], key: str) -> str:
    """An id that Meta writes as a number here and as text there; empty where there is none."""
    return id_text(body.get(key))[:LONGEST_ID]


def id_text(value: Any) -> str:
    """An id as text, also one written as a whole number; empty where it is neither. A broken number is none: what
    it stood for is lost."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def number(body: dict[str, Any], key: str) -> int | None:
    """A whole number, also one written as text; None where there is none."""
    value = body.get(key)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15 else None


def mapping(body: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under ``key``; empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def mappings(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in the list under ``key``; empty where there is none."""
    value = body.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def moment(seconds: Any) -> datetime | None:
    """Meta's seconds since 1970 (a string or a number) as a time in UTC; None where it is none or not of this
    age."""
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return at if _FIRST_YEAR <= at.year <= _LAST_YEAR else None
