"""One entry of ``statuses[]``: how far a message of ours is, for all or for one of a group, or what became of its bill.

Source: Meta, Cloud API > Webhooks > messages, status messages webhook reference; Groups and Payments API (2026-09).
"""

from __future__ import annotations

from typing import Any

from whatsapp.errors import GraphProblem, from_error
from whatsapp.fields import LONGEST_PERSON, identifier, mapping, moment, required, text
from whatsapp.inbound.updates import PAYMENTS, STATUSES, Payment, Status

_LONGEST_WORD = 200


def read_status(phone_number_id: str, body: dict[str, Any]) -> Status | Payment:
    """Raises ValueError, with a sentence, where it cannot be understood."""
    if text(body, "type") == "payment":
        return _payment(phone_number_id, body)
    return Status(
        phone_number_id=phone_number_id,
        wamid=required(body, "id"),
        callback_id=text(body, "biz_opaque_callback_data") or None,
        status=_word(body, STATUSES),
        at=moment(body.get("timestamp")),
        problem=_problem(phone_number_id, body),
        pricing=body.get("pricing"),
        member=_member(body),
    )


def _member(body: dict[str, Any]) -> str | None:
    member = identifier(body, "recipient_participant_id") or text(body, "recipient_participant_user_id")
    if len(member) > LONGEST_PERSON:
        raise ValueError(f"the participant's id is longer than {LONGEST_PERSON} characters")
    return member or None


def _problem(phone_number_id: str, body: dict[str, Any]) -> GraphProblem | None:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return from_error(first).of(phone_number_id) if isinstance(first, dict) else None


def _payment(phone_number_id: str, body: dict[str, Any]) -> Payment:
    payment = mapping(body, "payment")
    return Payment(
        phone_number_id=phone_number_id,
        wamid=required(body, "id"),
        callback_id=text(body, "biz_opaque_callback_data") or None,
        status=_word(body, PAYMENTS),
        at=moment(body.get("timestamp")),
        reference_id=text(payment, "reference_id")[:_LONGEST_WORD],
        amount=payment.get("amount"),
        currency=text(payment, "currency")[:_LONGEST_WORD],
        transaction=payment.get("transaction"),
    )


def _word(body: dict[str, Any], known: Any) -> str:
    word = required(body, "status")
    if word not in known:
        raise ValueError(f"status {word[:40]!r} is not known")
    return word
