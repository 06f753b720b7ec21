"""What a request of the Cloud API says beside the message, as people paste it: constants that must be right, the
quote, and a reference of the caller's own.

Source: Meta, Cloud API > Reference > Messages (2026-09).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from api.bodies import Fields

REFERENCE_LONGEST = 512
_REFERENCE = ("client_reference", "biz_opaque_callback_data")


class Quote(NamedTuple):
    """A message that is answered: by the id or the wamid ``name``, given in the field ``path``."""

    path: str
    name: str


def check_product(fields: Fields) -> None:
    """``messaging_product``, where it is given, must be WhatsApp."""
    if fields.value("messaging_product") not in (None, "whatsapp"):
        fields.wrong({"messaging_product": 'must be "whatsapp", or left out.'})


def quote(fields: Fields) -> Quote | None:
    """The message that is answered: ``reply_to``, or Meta's ``context.message_id``."""
    reply_to, context = fields.id("reply_to"), fields.value("context")
    if context is None:
        return Quote("reply_to", reply_to) if reply_to else None
    if "reply_to" in fields:
        fields.wrong({"context": "and reply_to name the message that is answered; give one of them."})
        return None
    problems = _context_problems(context)
    fields.wrong(problems)
    return None if problems else Quote("context.message_id", context["message_id"])


def _context_problems(context: Any) -> dict[str, str]:
    if not isinstance(context, dict):
        return {"context": 'is no object; write {"message_id": "..."}.'}
    problems = {
        f"context.{str(name)[:60]}": "is not known here; known is message_id."
        for name in context.keys() - {"message_id"}
    }
    named = context.get("message_id")
    if not isinstance(named, str) or not 0 < len(named) <= REFERENCE_LONGEST or "\x00" in named:
        problems["context.message_id"] = "must be the id or the wamid of a message of this conversation."
    return problems


def reference(fields: Fields) -> str | None:
    """What the caller calls this message; Meta's name for it, ``biz_opaque_callback_data``, will do as well."""
    given = {name: fields.text(name, longest=REFERENCE_LONGEST) for name in _REFERENCE}
    found = {value for value in given.values() if value}
    if len(found) > 1:
        fields.wrong({_REFERENCE[1]: f"differs from {_REFERENCE[0]}, which it is another name of; give one."})
    return next(iter(found), None)
