"""What Meta tells of the account itself: its templates, its numbers, and what its customers want to receive.

Every reader takes the place an update came from and the change's ``value``, and gives typed news, or raises
ValueError. Source: Meta, WhatsApp Business Platform > Webhooks > reference (2026-09).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from whatsapp.fields import identifier, mapping, mappings, moment, number, text
from whatsapp.inbound.calls import digits, read_call, read_call_status
from whatsapp.inbound.groups import FIELDS as GROUP_FIELDS
from whatsapp.inbound.groups import read_group
from whatsapp.inbound.updates import AccountNews, Customer, NumberNews, Place, Preference, TemplateNews

Reader = Callable[[Place, dict[str, Any]], AccountNews | None]
_LONGEST_WORD = 200
_MARKETING = "marketing_messages"
_UNLIMITED = -1


def read(field: str, place: Place, value: dict[str, Any]) -> Iterator[AccountNews | ValueError]:
    """All news in a change of this field; a ValueError in place of each piece that cannot be understood."""
    for reader, body in _pieces(field, value):
        try:
            if (news := reader(place, body)) is not None:
                yield news
        except ValueError as error:
            yield error


def _pieces(field: str, value: dict[str, Any]) -> Iterator[tuple[Reader, dict[str, Any]]]:
    if field in _WHOLE:
        yield _WHOLE[field], value
    elif field == "user_preferences":
        for body in mappings(value, "user_preferences"):
            yield _preference, body
    elif field in GROUP_FIELDS:
        for body in mappings(value, "groups"):
            yield read_group, body
    elif field == "calls":
        for body in mappings(value, "calls"):
            yield (lambda place, one: read_call(place, value, one)), body
        for body in mappings(value, "statuses"):
            yield (lambda place, one: read_call_status(place, value, one)), body


def _template(place: Place, value: dict[str, Any], changes: dict[str, Any]) -> TemplateNews:
    name, language = text(value, "message_template_name"), text(value, "message_template_language")
    template_id = identifier(value, "message_template_id")
    if not template_id and not (name and language):
        raise ValueError("the update names no template")
    return TemplateNews(
        account_id=place.account_id,
        template_id=template_id,
        name=name[:512],
        language=language[:60],
        changes=changes,
        at=place.at,
    )


def _template_status(place: Place, value: dict[str, Any]) -> TemplateNews:
    reason = _word(value, "reason")
    changes = {"status": _needed(value, "event"), "reason": "" if reason == "NONE" else reason}
    return _template(place, value, changes)


def _template_quality(place: Place, value: dict[str, Any]) -> TemplateNews:
    return _template(place, value, {"quality": _needed(value, "new_quality_score")})


def _template_category(place: Place, value: dict[str, Any]) -> TemplateNews:
    return _template(place, value, {"category": _needed(value, "new_category")})


def _template_components(place: Place, value: dict[str, Any]) -> TemplateNews:
    """The new words. Meta tells them without media and examples: the whole is fetched (tasks/template_sync.py)."""
    return _template(place, value, {})


def _number(place: Place, value: dict[str, Any], changes: dict[str, str]) -> NumberNews:
    return NumberNews(
        account_id=place.account_id,
        phone_number_id=place.phone_number_id or None,
        display_number=digits(text(value, "display_phone_number"))[:60],
        changes={key: change for key, change in changes.items() if change},
        at=place.at,
    )


def _number_quality(place: Place, value: dict[str, Any]) -> NumberNews:
    status = {"FLAGGED": "FLAGGED", "UNFLAGGED": "CONNECTED"}.get(text(value, "event"), "")
    limit = _word(value, "max_daily_conversations_per_business") or _word(value, "current_limit")
    return _number(place, value, {"status": status, "messaging_limit": limit})


def _number_name(place: Place, value: dict[str, Any]) -> NumberNews:
    decision = _needed(value, "decision")
    name = _word(value, "requested_verified_name") if decision == "APPROVED" else ""
    return _number(place, value, {"name_status": decision, "verified_name": name})


def _account(place: Place, value: dict[str, Any]) -> NumberNews:
    """Of one number where the update names one, else of all numbers of the account."""
    event = _needed(value, "event")
    detail = _word(mapping(value, "ban_info"), "waba_ban_state") or _word(
        mapping(value, "violation_info"), "violation_type"
    )
    for restriction in mappings(value, "restriction_info"):
        detail = detail or _word(restriction, "restriction_type")
    named = {"display_phone_number": text(value, "phone_number")}
    return _number(place, named, {"account_event": f"{event}: {detail}" if detail else event})


def _alert(place: Place, value: dict[str, Any]) -> NumberNews:
    alert = mapping(value, "alert_info") or value
    kind, severity = _needed(alert, "alert_type"), _word(alert, "alert_severity")
    if text(value, "entity_type") == "PHONE_NUMBER":
        place = place._replace(phone_number_id=identifier(value, "entity_id"))
    return _number(place, value, {"alert": f"{severity}: {kind}" if severity else kind})


def _capability(place: Place, value: dict[str, Any]) -> NumberNews:
    limit = _word(value, "max_daily_conversations_per_business")
    most = number(value, "max_daily_conversation_per_phone")
    if not limit and most is not None:
        limit = "TIER_UNLIMITED" if most == _UNLIMITED else str(most)
    return _number(place, {}, {"messaging_limit": limit})


def _preference(place: Place, body: dict[str, Any]) -> Preference:
    category, value = text(body, "category"), text(body, "value")
    phone, user_id = text(body, "wa_id"), text(body, "user_id")
    if category != _MARKETING or value not in ("stop", "resume"):
        raise ValueError(f"the preference {category[:40]!r}: {value[:40]!r} is not known")
    if not phone and not user_id:
        raise ValueError("the preference names neither a phone nor a user id")
    if max(len(phone), len(user_id)) > _LONGEST_WORD:
        raise ValueError(f"a phone or user id is longer than {_LONGEST_WORD} characters")
    at = moment(body.get("timestamp")) or place.at
    return Preference(Customer(phone or None, user_id or None), wants_marketing=value == "resume", at=at)


def _word(body: dict[str, Any], key: str) -> str:
    return text(body, key)[:_LONGEST_WORD]


def _needed(body: dict[str, Any], key: str) -> str:
    word = _word(body, key)
    if not word:
        raise ValueError(f"{key} is missing or empty")
    return word


_WHOLE: Mapping[str, Reader] = {
    "message_template_status_update": _template_status,
    "message_template_quality_update": _template_quality,
    "message_template_components_update": _template_components,
    "message_template_category_update": _template_category,
    "template_category_update": _template_category,
    "phone_number_quality_update": _number_quality,
    "phone_number_name_update": _number_name,
    "account_update": _account,
    "account_alerts": _alert,
    "business_capability_update": _capability,
}
FIELDS = frozenset(_WHOLE) | {"user_preferences", "calls"} | GROUP_FIELDS
"""The fields read here. They are kept raw as well: what they tell beyond this is for people."""
