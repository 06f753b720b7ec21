"""Short forms for what a customer can send, turned into the message objects of Meta's webhooks.

Pure but for fresh ids and the clock. ``message_from`` raises ValueError with a sentence for the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.graph.errors import failure_of
from sandbox.ids import new_wamid, unix_seconds
from sandbox.media import MediaStore
from sandbox.phone.customers import Customer
from sandbox.phone.pictures import sample_png, sample_sticker

Order = dict[str, Any]
_VOICE = b"OggS" + bytes(60)
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def message_from(order: Order, customer: Customer, media: MediaStore, display_number: str) -> dict[str, Any]:
    """The ``messages[]`` entry for one order; its own ``message`` object is laid over the result."""
    raw = order.get("message") or {}
    if not isinstance(raw, dict):
        raise ValueError("message must be a JSON object.")
    kind = str(order.get("type") or raw.get("type") or "text")
    message: dict[str, Any] = {
        "from": customer.wa_id,
        "id": str(order.get("id") or new_wamid(customer.wa_id)),
        "timestamp": str(order.get("timestamp") or unix_seconds()),
        "type": kind,
    }
    if customer.user_id:
        message["from_user_id"] = customer.user_id
    context = dict(order.get("context") or {})
    if order.get("reply_to"):
        context = {"from": display_number, "id": str(order["reply_to"])} | context
    if context:
        message["context"] = context
    for extra in ("referral", "group_id", "errors"):
        if order.get(extra):
            message[extra] = order[extra]
    if kind not in raw:
        message |= _part(kind, order, media)
    return message | raw


def _part(kind: str, order: Order, media: MediaStore) -> dict[str, Any]:
    if kind in _MEDIA:
        return _media_part(kind, order, media)
    form = _FORMS.get(kind)
    if form is not None:
        return form(order)
    given = order.get(kind)
    return {} if given is None else {kind: given}


def _media_part(kind: str, order: Order, media: MediaStore) -> dict[str, Any]:
    mime_type, make = _MEDIA[kind]
    if order.get("media_id"):
        file = media.get(str(order["media_id"]))
    else:
        file = media.add(make(), mime_type, "letter.pdf" if kind == "document" else "")
    part = file.webhook_part()
    if order.get("caption"):
        part["caption"] = str(order["caption"])
    if kind == "voice":
        return {"type": "audio", "audio": part | {"voice": True}}
    return {kind: part | ({"animated": False} if kind == "sticker" else {})}


_MEDIA: dict[str, tuple[str, Callable[[], bytes]]] = {
    "image": ("image/png", sample_png),
    "sticker": ("image/webp", sample_sticker),
    "audio": ("audio/mpeg", lambda: b"ID3\x04" + bytes(60)),
    "voice": ("audio/ogg; codecs=opus", lambda: _VOICE),
    "video": ("video/mp4", lambda: b"\x00\x00\x00\x18ftypmp42" + bytes(60)),
    "document": ("application/pdf", lambda: _PDF),
}


def _text(order: Order) -> dict[str, Any]:
    return {"text": {"body": str(order.get("text", "Hello"))}}


def _location(order: Order) -> dict[str, Any]:
    part = {"latitude": order.get("latitude", 51.5194), "longitude": order.get("longitude", -0.127)}
    for name in ("name", "address", "url"):
        if order.get(name):
            part[name] = order[name]
    return {"location": part}


def _contacts(order: Order) -> dict[str, Any]:
    someone = {
        "name": {"formatted_name": "Grace Hopper", "first_name": "Grace", "last_name": "Hopper"},
        "phones": [{"phone": "+44 7700 900456", "wa_id": "447700900456", "type": "CELL"}],
    }
    return {"contacts": order.get("contacts") or [someone]}


def _reaction(order: Order) -> dict[str, Any]:
    part = {"message_id": _needed(order, "message_id")}
    if order.get("emoji"):
        part["emoji"] = str(order["emoji"])
    return {"reaction": part}


def _button(order: Order) -> dict[str, Any]:
    text = str(order.get("text", "Yes"))
    return {"button": {"payload": str(order.get("payload", text)), "text": text}}


def _reply(name: str) -> Callable[[Order], dict[str, Any]]:
    def form(order: Order) -> dict[str, Any]:
        title = str(order.get("title", "Yes"))
        reply = {"id": str(order.get("reply_id", title)), "title": title}
        if order.get("description"):
            reply["description"] = str(order["description"])
        return {"type": "interactive", "interactive": {"type": name, name: reply}}

    return form


def _flow(order: Order) -> dict[str, Any]:
    answer = {
        "name": str(order.get("name", "flow")),
        "body": str(order.get("text", "Sent")),
        "response_json": str(order.get("response_json", "{}")),
    }
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": answer}}


def _goods(order: Order) -> dict[str, Any]:
    item = {"product_retailer_id": "tea-01", "quantity": 2, "item_price": 4.5, "currency": "GBP"}
    part = {"catalog_id": "194836987003835", "text": str(order.get("text", "")), "product_items": [item]}
    return {"order": part | (order.get("order") or {})}


def _system(order: Order) -> dict[str, Any]:
    part = {
        "body": str(order.get("text", "User changed their phone number")),
        "type": str(order.get("system_type", "user_changed_number")),
    }
    for name in ("wa_id", "user_id", "identity", "customer"):
        if order.get(f"new_{name}"):
            part[name] = str(order[f"new_{name}"])
    return {"system": part}


def _edit(order: Order) -> dict[str, Any]:
    body = {"type": "text", "text": {"body": str(order.get("text", ""))}}
    return {"edit": {"original_message_id": _needed(order, "message_id"), "message": body}}


def _revoke(order: Order) -> dict[str, Any]:
    return {"revoke": {"original_message_id": _needed(order, "message_id")}}


def _unsupported(order: Order) -> dict[str, Any]:
    error = failure_of(int(order.get("code", 131051)), "Message type is currently not supported.")
    error.pop("href")
    return {"errors": [error]}


def _needed(order: Order, name: str) -> str:
    if not order.get(name):
        raise ValueError(f"This type needs {name}.")
    return str(order[name])


_FORMS: dict[str, Callable[[Order], dict[str, Any]]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "button_reply": _reply("button_reply"),
    "list_reply": _reply("list_reply"),
    "flow_reply": _flow,
    "order": _goods,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "unsupported": _unsupported,
}
