"""An example of everything on the wire, made of what each field is called and may be: for people who read the document
(api/openapi.py), and for whoever tries it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from schema.requests import SendMessage
from schema.views import MessageView, MissedView, ProblemView, RefusalView, WholeOtherUpdateView

_MOMENT = "2026-11-29T09:30:00Z"
_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
_WAMID = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwMDA="
_EVENT_ID = "100000000000042-0"

# By the name of a field, which means the same wherever it stands.
_BY_NAME: Mapping[str, Any] = {
    "access_token": "EAAB0123456789",
    "account_event": "",
    "account_id": "102290129340398",
    "advice": "Send a template.",
    "after": None,
    "agent_id": None,
    "alert": "",
    "amount": None,
    "assignee_id": _ID,
    "before": None,
    "biz_opaque_callback_data": None,
    "body_base64": "e30=",
    "callback_url": "https://parley.example.com/api/v1/whatsapp/webhook",
    "category": "UTILITY",
    "class": "template_needed",
    "code": "invalid",
    "client_reference": "order-4711",
    "components": [{"type": "BODY", "text": "Your order {{1}} is on its way."}],
    "connection_id": _ID,
    "content": {"body": "Hello"},
    "conversation_id": _ID,
    "currency": "EUR",
    "details": "The customer last wrote more than 24 hours ago.",
    "direction": "inbound",
    "display_number": "15550100001",
    "email": "ada@example.com",
    "emoji": "\N{THUMBS UP SIGN}",
    "error": "The body is not JSON.",
    "field": "messages",
    "filename": "invoice.pdf",
    "gateway": "ws-1:4711",
    "group_id": None,
    "id": _ID,
    "journey": "inbound",
    "language": "en",
    "last_event_id": _EVENT_ID,
    "member": "447700900123",
    "mend": "Check that WHATSAPP_APP_SECRET is the App Secret.",
    "message_id": _ID,
    "message": "to is missing or empty.",
    "messaging_limit": "TIER_1K",
    "mime_type": "image/jpeg",
    "name": "Ada",
    "name_status": "APPROVED",
    "next": None,
    "parameter_format": "POSITIONAL",
    "password": "correct horse battery staple",
    "phone": "447700900123",
    "phone_number_id": "106540352242922",
    "phone_url": "http://127.0.0.1:8090",
    "postgres": "ok",
    "preview": "Hello",
    "prev": None,
    "pricing": None,
    "q": "invoice",
    "quality": "GREEN",
    "reason": "",
    "redis": "ok",
    "reference_id": "invoice-1",
    "referral": None,
    "referred_product": None,
    "reply_to": None,
    "role": "agent",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "status": "read",
    "status_times": {"read": _MOMENT},
    "template_id": "594425479261596",
    "text": "The signature does not match the body",
    "ticket": "c2hvd24gdGhpcyBvbmNl",
    "title": "Re-engagement message",
    "to": "447700900123",
    "token": "c2hvd24gdGhpcyBvbmNl",
    "transaction": None,
    "type": "text",
    "user_id": _ID,
    "username": None,
    "verified_name": "Example Ltd",
    "wamid": _WAMID,
}
_REFUSAL: dict[str, Any] = {"code": "invalid", "fields": {"email": "is missing or empty."}}
# What its fields alone would not make a good example of.
_WHOLE: Mapping[type[msgspec.Struct], Any] = {
    SendMessage: {"to": "447700900123", "type": "text", "text": {"body": "Hello"}},
    RefusalView: {"error": _REFUSAL | {"message": "email is missing or empty."}},
    ProblemView: {
        "type": "urn:parley:error:invalid",
        "title": "Some fields are wrong; `fields` names every one of them.",
        "status": 422,
        "detail": "email is missing or empty.",
    }
    | _REFUSAL,
    MissedView: {
        "data": [{"id": _EVENT_ID, "type": "conversation_updated", "at": _MOMENT}],
        "recovered": True,
        "last_event_id": _EVENT_ID,
        "more": False,
    },
}
# What the usual one has not.
_ABSENT: Mapping[type[msgspec.Struct], dict[str, Any]] = {
    MessageView: {
        **dict.fromkeys(("error", "edited_at", "deleted_at", "media", "sender", "context", "payment")),
        **dict.fromkeys(("reactions", "errors", "recipients"), ()),
        "possible_duplicate": False,
    }
}
_OF_ITEMS: Mapping[str, Any] = {
    "accounts": "102290129340398",
    "conversations": _ID,
    "labels": "vip",
    "subscriptions": _ID,
}
_OF_STRUCT: Mapping[tuple[type[msgspec.Struct], str], Any] = {
    (WholeOtherUpdateView, "body"): {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}},
}


def sample(kind: type[msgspec.Struct]) -> Any:
    """An example of this struct, as JSON has it. Raises LookupError where a field has none."""
    if kind in _WHOLE:
        return _WHOLE[kind]
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType), kind
    whole = {field.encode_name: _value(kind, field.encode_name, field.type) for field in info.fields}
    return whole | _ABSENT.get(kind, {})


def of_parameter(name: str) -> str:
    """An example of a part of a path, which is an id of something. Raises LookupError."""
    return str(_BY_NAME[name if name in ("phone_number_id", "user_id") else "id"])


def _value(owner: type[msgspec.Struct], name: str, kind: inspect.Type) -> Any:
    examples = (kind.extra_json_schema or {}).get("examples") if isinstance(kind, inspect.Metadata) else None
    if examples:
        return examples[0]
    kind = _bare(kind)
    if isinstance(kind, inspect.StructType):
        return sample(kind.cls)
    if (owner, name) in _OF_STRUCT:
        return _OF_STRUCT[owner, name]
    by_kind = _of_kind(owner, name, kind)
    return _BY_NAME[name] if by_kind is None else by_kind


def _of_kind(owner: type[msgspec.Struct], name: str, kind: inspect.Type) -> Any:
    """By what it may be, where its name says no more; None where its name must."""
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.BoolType):
        return True
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return kind.le or 1
    if isinstance(kind, inspect.DateTimeType):
        return _MOMENT
    if isinstance(kind, inspect.ListType | inspect.VarTupleType | inspect.CollectionType):
        item = _bare(kind.item_type)
        one = sample(item.cls) if isinstance(item, inspect.StructType) else _OF_ITEMS.get(name)
        return [] if one is None else [one]
    if isinstance(kind, inspect.DictType) and name not in _BY_NAME:
        return {}
    return None


def _bare(kind: inspect.Type) -> inspect.Type:
    """Without what stands beside it, and without null and UNSET."""
    while isinstance(kind, inspect.Metadata | inspect.UnionType):
        if isinstance(kind, inspect.Metadata):
            kind = kind.type
        else:
            kind = next(choice for choice in kind.types if not isinstance(choice, inspect.NoneType))
    return kind
