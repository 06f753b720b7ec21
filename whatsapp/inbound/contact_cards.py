"""Contact cards: which one is a customer's own, who was asked for it and pressed the button.

Source: Meta, Cloud API > Business-scoped user IDs > request contact information (2026-09).
"""

from __future__ import annotations

from typing import Any

from whatsapp.fields import identifier, mappings, text

_ON_REQUEST = "contact_request"
_PUNCTUATION = str.maketrans("", "", " +()-.\u00a0")
_SHORTEST, _LONGEST = 6, 20


def shared_phone(body: dict[str, Any]) -> str | None:
    """The phone in a message of type contacts that answers our request for it, as digits; None where it is not one,
    or where it is not the only one."""
    cards = mappings(body, "contacts")
    if len(cards) != 1 or _ON_REQUEST not in (text(body, "origin"), text(cards[0], "origin")):
        return None
    phones = {_digits(phone) for phone in mappings(cards[0], "phones")} - {""}
    return phones.pop() if len(phones) == 1 else None


def _digits(phone: dict[str, Any]) -> str:
    """The number WhatsApp knows, or the one that is written there where that has a country code."""
    written = (
        text(phone, "phone").translate(_PUNCTUATION) if text(phone, "phone").strip().startswith("+") else ""
    )
    digits = identifier(phone, "wa_id") or written
    return digits if digits.isascii() and digits.isdecimal() and _SHORTEST <= len(digits) <= _LONGEST else ""
