"""From the bytes of a delivery to typed updates: messages, statuses, and whatever else Meta sent.

One delivery holds up to 1000 updates in entries, changes and lists; every one is looked at, and one that
cannot be understood becomes an ``Other`` beside its good neighbours. Only bytes that are no JSON at all
raise. Source: Meta, Cloud API > Webhooks > components (2026-09); every field is treated as optional.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from schema.directions import ECHO, INBOUND
from whatsapp.fields import LONGEST_ID, LONGEST_PERSON, id_text, identifier, mapping, moment, required, text
from whatsapp.inbound import account_side
from whatsapp.inbound.contact_cards import shared_phone
from whatsapp.inbound.statuses import read_status
from whatsapp.inbound.updates import (
    EDIT,
    REACTION,
    REVOKE,
    Amendment,
    Call,
    Customer,
    GroupNews,
    Message,
    NumberNews,
    Other,
    Payment,
    Place,
    Preference,
    Status,
    TemplateNews,
    Updates,
)
from whatsapp.preview import preview
from whatsapp.text import Unreadable, needs_repair, plain_name, repair

_OURS = "whatsapp_business_account"
# Under which the dashboard's Test buttons send their samples, of numbers and people that do not exist.
_TEST_ACCOUNT = "0"
_MESSAGE_FIELDS = {
    "messages": "messages",
    "smb_message_echoes": "message_echoes",
    "message_echoes": "message_echoes",
}
_LIST_OF: dict[type, str] = {
    Message: "messages",
    Amendment: "amendments",
    Status: "statuses",
    Call: "calls",
    Preference: "preferences",
    TemplateNews: "templates",
    NumberNews: "numbers",
    Payment: "payments",
    GroupNews: "groups",
}
_AMENDMENTS = frozenset({REACTION, EDIT, REVOKE})
_READ = frozenset({"id", "from", "from_user_id", "to", "to_user_id", "group_id", "timestamp", "type"})
# As seconds this would be the year 5138.
_MILLISECONDS = 10**11
_DIRECTION = {"messages": INBOUND, "message_echoes": ECHO}


class _Entry(msgspec.Struct):
    id: Any = ""
    time: Any = None
    changes: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Envelope(msgspec.Struct):
    object: str = ""
    entry: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Change(msgspec.Struct):
    field: str = ""
    value: msgspec.Raw = msgspec.Raw(b"{}")


class _Metadata(msgspec.Struct):
    display_phone_number: Any = None
    phone_number_id: Any = None


_NONE = msgspec.Raw(b"null")


class _Value(msgspec.Struct):
    metadata: _Metadata | None = None
    contacts: Any = None
    # Each list is read by itself: one that is none must not cost the others.
    messages: msgspec.Raw = _NONE
    message_echoes: msgspec.Raw = _NONE
    statuses: msgspec.Raw = _NONE
    errors: msgspec.Raw = _NONE


_envelope = msgspec.json.Decoder(_Envelope, strict=False).decode
_entry = msgspec.json.Decoder(_Entry, strict=False).decode
_change = msgspec.json.Decoder(_Change).decode
_list = msgspec.json.Decoder(list[msgspec.Raw] | None).decode
_value = msgspec.json.Decoder(_Value, strict=False).decode
_whole_object = msgspec.json.Decoder(dict[str, Any]).decode
_anything = msgspec.json.Decoder().decode


def parse(body: bytes) -> Updates:
    """Every update in the raw bytes of a delivery.

    Raises whatsapp.text.Unreadable where the bytes are not JSON.
    """
    if needs_repair(body):
        body = repair(body)
    try:
        return _storable(_read_envelope(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        repaired = repair(body)
    try:
        return _storable(_read_envelope(repaired))
    except msgspec.MsgspecError as error:
        other = Other(account_id="", phone_number_id=None, field="", reason=str(error), raw=repaired)
        return Updates(others=[other])
    except RecursionError:
        raise Unreadable("the JSON is nested too deep") from None


def _storable(updates: Updates) -> Updates:
    """With what is kept raw decoded once: parts that nobody looked at may hold what Postgres refuses.

    Raises what decoding raises, so that all of it is repaired.
    """
    for other in updates.others:
        _anything(other.raw)
    return updates


def _read_envelope(body: bytes) -> Updates:
    envelope = _envelope(body)
    updates = Updates()
    if envelope.object != _OURS or not envelope.entry:
        reason = f"object is {envelope.object!r}, not {_OURS}, or it holds no entry"
        # What is of another product, such as a page, is no message that nobody could read.
        _keep(updates, "", None, "" if envelope.object == _OURS else envelope.object, reason, body)
    for raw in envelope.entry:
        _read_entry(bytes(raw), updates)
    return updates


def _read_entry(raw: bytes, updates: Updates) -> None:
    try:
        entry = _entry(raw)
    except msgspec.MsgspecError as error:
        _keep(updates, "", None, "", str(error), raw)
        return
    for change in entry.changes:
        _read_change(entry, bytes(change), updates)


def _read_change(entry: _Entry, raw: bytes, updates: Updates) -> None:
    account_id, field, phone_number_id = id_text(entry.id), "", None
    try:
        change = _change(raw)
        field = change.field
        if account_id == _TEST_ACCOUNT:
            updates.tests.append(field)
            _keep(updates, account_id, None, field, "", raw)
            return
        value = _value(change.value)
        phone_number_id = id_text(value.metadata.phone_number_id) or None if value.metadata else None
        if field in _MESSAGE_FIELDS and phone_number_id:
            if not _read_lists(_Source(account_id, field, value), updates):
                _keep(updates, account_id, phone_number_id, field, "it holds no message and no status", raw)
            return
        reason = "" if field not in _MESSAGE_FIELDS else "metadata.phone_number_id is missing"
        if field in account_side.FIELDS:
            reason = _read_account_side(_Source(account_id, field, value), entry, change, updates)
    except msgspec.MsgspecError as error:
        reason = str(error)
    _keep(updates, account_id, phone_number_id, field, reason, raw)


def _read_account_side(source: _Source, entry: _Entry, change: _Change, updates: Updates) -> str:
    """Add the news of the account; returns what could not be understood of it. All of it is kept raw as well."""
    place = Place(source.account_id, source.phone_number_id, source.display_number, _moment_of(entry))
    reasons = []
    for news in account_side.read(change.field, place, _object(bytes(change.value))):
        if isinstance(news, ValueError):
            reasons.append(str(news))
        else:
            _list_for(news, updates).append(news)
    return "; ".join(reasons)


def _moment_of(entry: _Entry) -> datetime | None:
    """Seconds since 1970; some entries tell milliseconds."""
    time = entry.time
    return moment(time // 1000 if isinstance(time, int) and time > _MILLISECONDS else time)


def _keep(updates: Updates, account: str, number: str | None, field: str, reason: str, raw: bytes) -> None:
    updates.others.append(
        Other(account_id=account, phone_number_id=number, field=field, reason=reason, raw=_whole(raw))
    )


def _whole(raw: bytes) -> bytes:
    """``raw`` as JSON that Postgres takes. What the decoder skipped to get here was not looked at."""
    try:
        _anything(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return repair(raw)
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    """One update. Bad bytes and numbers past all bounds are mended, so that it stays visible."""
    try:
        return _whole_object(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _whole_object(repair(raw))


class _Source:
    """Where the updates of one change come from: account, number, and who is who."""

    def __init__(self, account_id: str, field: str, value: _Value) -> None:
        metadata = value.metadata or _Metadata()
        self.account_id = account_id
        self.field = field
        self.value = value
        display, contacts = metadata.display_phone_number, value.contacts
        self.phone_number_id = id_text(metadata.phone_number_id)
        self.display_number = id_text(display)
        self.contacts = (
            [contact for contact in contacts if isinstance(contact, dict)]
            if isinstance(contacts, list)
            else []
        )

    def contact_of(self, phone: str | None, user_id: str | None) -> dict[str, Any]:
        for contact in self.contacts:
            if (phone and identifier(contact, "wa_id") == phone) or (
                user_id and contact.get("user_id") == user_id
            ):
                return contact
        return {}


def _read_lists(source: _Source, updates: Updates) -> int:
    """Read every list of the change; returns how many updates it held."""
    seen = 0
    for name in ("messages", "message_echoes"):
        for raw in _items(source, name, updates):
            seen += 1
            _read_one(_read_message, source, _DIRECTION[name], raw, updates)
    for raw in _items(source, "statuses", updates):
        seen += 1
        _read_one(_read_status, source, "", raw, updates)
    for raw in _items(source, "errors", updates):
        seen += 1
        _keep(updates, source.account_id, source.phone_number_id, "errors", "", raw)
    return seen


def _items(source: _Source, name: str, updates: Updates) -> list[bytes]:
    """The members of one list of the change; what is no list is kept raw."""
    raw: msgspec.Raw = getattr(source.value, name)
    try:
        return [bytes(item) for item in _list(raw) or ()]
    except msgspec.MsgspecError as error:
        _keep(updates, source.account_id, source.phone_number_id, name, str(error), bytes(raw))
        return []


def _read_one(read: Any, source: _Source, direction: str, raw: bytes, updates: Updates) -> None:
    try:
        update = read(source, direction, raw)
    except (ValueError, msgspec.MsgspecError) as error:
        _keep(updates, source.account_id, source.phone_number_id, source.field, str(error), raw)
    else:
        _list_for(update, updates).append(update)


def _list_for(update: Any, updates: Updates) -> list[Any]:
    of_type: list[Any] = getattr(updates, _LIST_OF[type(update)])
    return of_type


def _read_message(source: _Source, direction: str, raw: bytes) -> Message | Amendment:
    body = _object(raw)
    kind = text(body, "type") or "unknown"
    if kind in _AMENDMENTS and (amendment := _read_amendment(source, direction, kind, body)):
        return amendment
    content, extra = _divide(kind, body)
    customer, group_id = _customer(source, direction, body), identifier(body, "group_id")
    if len(group_id) > LONGEST_PERSON:
        raise ValueError(f"group_id is longer than {LONGEST_PERSON} characters")
    context = mapping(body, "context")
    return Message(
        phone_number_id=source.phone_number_id,
        display_number=source.display_number,
        account_id=source.account_id,
        wamid=required(body, "id"),
        direction=direction,
        customer=Customer(None, None, group_id=group_id) if group_id else customer,
        sender=customer if group_id else None,
        moved_to=_moved_to(kind, content),
        shared_phone=shared_phone(body)
        if kind == "contacts" and direction == INBOUND and not group_id
        else None,
        type=kind[:60],
        content=content,
        preview=preview(kind, content),
        reply_to_wamid=text(context, "id") or None,
        sent_at=moment(body.get("timestamp")),
        from_ad=bool(mapping(body, "referral")),
        extra=extra,
    )


def _moved_to(kind: str, content: Any) -> Customer | None:
    """The new phone or user id that a system message tells of (user_changed_number, user_changed_user_id)."""
    if kind != "system" or not isinstance(content, dict):
        return None
    phone = text(content, "wa_id") or text(content, "new_wa_id")
    user_id = text(content, "user_id")
    if not (phone or user_id) or max(len(phone), len(user_id)) > LONGEST_PERSON:
        return None
    return Customer(phone=phone or None, user_id=user_id or None)


def _divide(kind: str, body: dict[str, Any]) -> tuple[Any, dict[str, Any] | None]:
    """The type's own object and the fields beside it. A type without one keeps all its fields as content."""
    rest = {key: value for key, value in body.items() if key not in _READ and key != kind}
    if body.get(kind) is None:
        return rest, None
    return _with_plain_filename(body[kind]), rest or None


def _with_plain_filename(content: Any) -> Any:
    """The type's own object; a file in it has a name that is read as it is."""
    if not isinstance(content, dict) or not isinstance(content.get("filename"), str):
        return content
    return content | {"filename": plain_name(content["filename"])}


def _read_amendment(source: _Source, direction: str, kind: str, body: dict[str, Any]) -> Amendment | None:
    """The change, or None where it does not say of which message: it is then shown as a message of its own."""
    fields = mapping(body, kind)
    target = text(fields, "message_id" if kind == REACTION else "original_message_id")
    if not 0 < len(target) <= LONGEST_ID:
        return None
    changed = mapping(fields, "message")
    new_type = text(changed, "type")
    if kind == EDIT and not isinstance(changed.get(new_type), dict):
        return None
    return Amendment(
        phone_number_id=source.phone_number_id,
        wamid=required(body, "id"),
        target_wamid=target,
        kind=kind,
        by_customer=direction == INBOUND,
        at=moment(body.get("timestamp")),
        emoji=text(fields, "emoji")[:60],
        type=new_type[:60],
        content=_with_plain_filename(changed.get(new_type)),
        preview=preview(new_type, changed.get(new_type)) if new_type else "",
    )


def _customer(source: _Source, direction: str, body: dict[str, Any]) -> Customer:
    """Who wrote, or for an echo who was written to. Username users have empty phone fields."""
    if direction == ECHO:
        phone, user_id = identifier(body, "to"), text(body, "to_user_id") or text(body, "recipient")
    else:
        phone, user_id = identifier(body, "from"), text(body, "from_user_id")
    contact = source.contact_of(phone, user_id)
    if not contact and not phone and not user_id and len(source.contacts) == 1:
        contact = source.contacts[0]
    phone = phone or identifier(contact, "wa_id")
    user_id = user_id or text(contact, "user_id")
    if not phone and not user_id:
        raise ValueError("the message names neither a phone nor a user id")
    if len(phone) > LONGEST_PERSON or len(user_id) > LONGEST_PERSON:
        raise ValueError(f"a phone or user id is longer than {LONGEST_PERSON} characters")
    profile = mapping(contact, "profile")
    return Customer(
        phone=phone or None,
        user_id=user_id or None,
        name=plain_name(text(profile, "name"))[:300],
        username=plain_name(text(profile, "username"))[:300] or None,
    )


def _read_status(source: _Source, direction: str, raw: bytes) -> Status | Payment:
    return read_status(source.phone_number_id, _object(raw))
