"""Calls, as the field ``calls`` tells of them: that one rings, was accepted or rejected, and how it ended.

Source: Meta, Cloud API > Calling > User-initiated calls, > Business-initiated calls (2026-09).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whatsapp.fields import identifier, mapping, mappings, moment, number, required, text
from whatsapp.inbound.updates import Call, Customer, Place

USER_INITIATED, BUSINESS_INITIATED = "USER_INITIATED", "BUSINESS_INITIATED"
_CONNECT, _RINGING, _ACCEPTED, _REJECTED, _TERMINATE = (
    "connect",
    "ringing",
    "accepted",
    "rejected",
    "terminate",
)
# What is told of a call in no promised order: the later stage wins.
_STAGES = (_CONNECT, _RINGING, _ACCEPTED, _REJECTED, _TERMINATE)
_LONGEST_ID = 200


def read_call(place: Place, value: dict[str, Any], body: dict[str, Any]) -> Call:
    """One of ``calls[]``. Raises ValueError where it is none."""
    event = text(body, "event").lower()
    if event not in (_CONNECT, _TERMINATE):
        raise ValueError(f"the call's event {event[:40]!r} is not known")
    by_customer = _by_customer(place, body)
    side = "from" if by_customer else "to"
    customer = _customer(value, text(body, side), text(body, f"{side}_user_id"))
    return _call(place, body, event, customer, by_customer)


def read_call_status(place: Place, value: dict[str, Any], body: dict[str, Any]) -> Call:
    """One of ``statuses[]`` beside calls: how far a call of ours came. Raises ValueError where it is none."""
    event = text(body, "status").lower()
    if event not in (_RINGING, _ACCEPTED, _REJECTED):
        raise ValueError(f"the call's status {event[:40]!r} is not known")
    customer = _customer(value, text(body, "recipient_id"), text(body, "recipient_user_id"))
    fields = {key: body[key] for key in body if key != "status"}
    return _call(place, fields, event, customer, by_customer=False)


def _call(place: Place, body: dict[str, Any], event: str, customer: Customer, by_customer: bool) -> Call:
    content: dict[str, Any] = {
        "event": event,
        "direction": USER_INITIATED if by_customer else BUSINESS_INITIATED,
        "status": _status(body.get("status")),
        "duration": number(body, "duration"),
        "start_time": identifier(body, "start_time"),
        "end_time": identifier(body, "end_time"),
    }
    return Call(
        phone_number_id=place.phone_number_id,
        display_number=place.display_number,
        account_id=place.account_id,
        call_id=required(body, "id"),
        customer=customer,
        by_customer=by_customer,
        at=moment(body.get("timestamp")),
        content={key: item for key, item in content.items() if item not in (None, "")},
    )


def _by_customer(place: Place, body: dict[str, Any]) -> bool:
    """Meta's ``direction``; where it is left out, a call from another number than ours is a customer's."""
    direction = text(body, "direction")
    if direction in (USER_INITIATED, BUSINESS_INITIATED):
        return direction == USER_INITIATED
    return digits(text(body, "from")) != digits(place.display_number)


def _customer(value: dict[str, Any], phone: str, user_id: str) -> Customer:
    contact = next(
        (
            contact
            for contact in mappings(value, "contacts")
            if (phone and contact.get("wa_id") == phone) or (user_id and contact.get("user_id") == user_id)
        ),
        {},
    )
    user_id = user_id or text(contact, "user_id")
    if not phone and not user_id:
        raise ValueError("the call names neither a phone nor a user id")
    if max(len(phone), len(user_id)) > _LONGEST_ID:
        raise ValueError(f"a phone or user id is longer than {_LONGEST_ID} characters")
    profile = mapping(contact, "profile")
    username = text(profile, "username")[:300] or None
    return Customer(
        phone=phone or None, user_id=user_id or None, name=text(profile, "name")[:300], username=username
    )


def _status(value: Any) -> str:
    """COMPLETED or FAILED; Meta has been seen to put it into a list."""
    first = value[0] if isinstance(value, list) and value else value
    return first[:60] if isinstance(first, str) else ""


def digits(phone: str) -> str:
    """A phone number reduced to its digits: Meta writes ours with a plus and spaces in some places."""
    return "".join(character for character in phone if character in "0123456789")


def rings(call: Call) -> bool:
    """Whether this is the beginning of a customer's call."""
    return call.by_customer and call.content.get("event") == _CONNECT


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What two pieces of news of one call say together, the same in either order."""
    early, late = sorted((one, other), key=_stage)
    return {**early, **late}


def _stage(content: Mapping[str, Any]) -> tuple[int, str]:
    event = content.get("event")
    return _STAGES.index(event) if event in _STAGES else -1, repr(sorted(content.items()))


def call_preview(content: Mapping[str, Any]) -> str:
    """One line for the thread: "Call, 2 min", "Missed call"."""
    theirs = content.get("direction") == USER_INITIATED
    event, seconds = content.get("event"), content.get("duration")
    if event == _TERMINATE and isinstance(seconds, int) and seconds > 0 and content.get("status") != "FAILED":
        return f"Call, {_length(seconds)}"
    if event == _TERMINATE:
        return "Missed call" if theirs else "Call not answered"
    if event == _REJECTED:
        return "Call declined"
    return "Incoming call" if theirs else "Outgoing call"


def _length(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
