"""Numbers that are held, in words: why, since when, and what mends it."""

from __future__ import annotations

from schema.views import HoldView
from whatsapp.errors import ErrorClass


def why(hold: HoldView) -> str:
    """One sentence without a full stop: "held since 2026-03-12 10:00 UTC: Spam rate limit hit (131048)"."""
    error = hold.error
    reason = error.details.rstrip(".") if error.code is None else f"{error.title} ({error.code})"
    return f"held since {hold.since:%Y-%m-%d %H:%M} UTC, so what it sends waits: {reason}"


def mend(phone_number_id: str, hold: HoldView, *, own_token: bool) -> str:
    """What somebody can do about it."""
    if hold.error.class_ != ErrorClass.AUTH:
        return hold.error.advice
    if hold.error.code is None:
        return hold.error.details
    own = f"parley number token {phone_number_id}"
    return (
        f"Set a valid token: {own}."
        if own_token
        else f"Set WHATSAPP_ACCESS_TOKEN anew and restart, or {own}."
    )


def is_a_fault(hold: HoldView) -> bool:
    """Whether it stays for as long as nobody does anything."""
    return hold.error.class_ in (ErrorClass.AUTH, ErrorClass.ACCOUNT)
