"""What a delivery may hold, as frozen values: messages, changes to messages, statuses, and the rest.

Names are Meta's where Meta has one. Times are aware datetimes in UTC, or None where Meta gave none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from whatsapp.errors import GraphProblem

REACTION, EDIT, REVOKE = "reaction", "edit", "revoke"
MEDIA_TYPES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
STATUSES = frozenset({"sent", "delivered", "read", "played", "failed", "deleted"})
PENDING, CAPTURED, UNPAID = "pending", "captured", "failed"
PAYMENTS = (PENDING, UNPAID, CAPTURED)
"""What may become of a bill, the later where two are told of one moment."""


class Customer(msgspec.Struct, frozen=True):
    """Who is at the other end: a person, or a group. Of phone, user id and group id at least one is known;
    username users have no phone."""

    phone: str | None
    user_id: str | None
    name: str = ""
    username: str | None = None
    group_id: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message. ``content`` is the type's own object, or all that is left where it has none; ``extra``
    holds every field that is not told elsewhere here, or None. ``sender`` is who wrote in a group;
    ``moved_to`` the new phone or user id of a customer whose system message tells of one, ``shared_phone`` the
    customer's own, who was asked for it."""

    phone_number_id: str
    display_number: str
    account_id: str
    wamid: str
    direction: str
    customer: Customer
    type: str
    content: Any
    preview: str
    reply_to_wamid: str | None
    sent_at: datetime | None
    from_ad: bool
    extra: dict[str, Any] | None
    sender: Customer | None = None
    moved_to: Customer | None = None
    shared_phone: str | None = None


class Amendment(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="news"):
    """A change to an earlier message: ``kind`` is reaction, edit or revoke; ``target_wamid`` says of which.

    ``emoji`` is empty where a reaction is taken back. ``type``, ``content`` and ``preview`` are an edit's new
    ones. ``by_customer`` tells whose doing it is.
    """

    phone_number_id: str
    wamid: str
    target_wamid: str
    kind: str
    by_customer: bool
    at: datetime | None
    emoji: str = ""
    type: str = ""
    content: Any = None
    preview: str = ""


class Status(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="news"):
    """News of a message we sent. ``callback_id`` is the biz_opaque_callback_data we sent along, if any; ``member``
    the phone or user id of the one of a group whom it is about, None where it is about all."""

    phone_number_id: str
    wamid: str
    callback_id: str | None
    status: str
    at: datetime | None
    problem: GraphProblem | None
    pricing: Any
    member: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="news"):
    """News of the bill that a message of ours brings. ``status`` is pending, captured or failed; ``amount`` and
    ``transaction`` are Meta's own objects."""

    phone_number_id: str
    wamid: str
    callback_id: str | None
    status: str
    at: datetime | None
    reference_id: str
    amount: Any
    currency: str
    transaction: Any


class Place(NamedTuple):
    """Where an account-side update comes from. The number is empty where Meta does not name it; ``at`` is the
    entry's time."""

    account_id: str
    phone_number_id: str
    display_number: str
    at: datetime | None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """News of a call. ``content`` is what this piece tells: event (connect, ringing, accepted, rejected,
    terminate), direction, and at the end status, duration in seconds, start_time and end_time."""

    phone_number_id: str
    display_number: str
    account_id: str
    call_id: str
    customer: Customer
    by_customer: bool
    at: datetime | None
    content: dict[str, Any]


class Preference(msgspec.Struct, frozen=True):
    """A person wants marketing messages again, or no more."""

    customer: Customer
    wants_marketing: bool
    at: datetime | None


class TemplateNews(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of a template: column -> value, columns as in models/templates/templates.py. Told by Meta's id of
    the template, by name and language, or by both; what is not told is empty."""

    account_id: str
    template_id: str
    name: str
    language: str
    changes: dict[str, Any]
    at: datetime | None


class NumberNews(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of a number: column -> value, columns as in models/numbers/numbers.py. Told by its id or by its
    digits; with neither it is of every number of the account."""

    account_id: str
    phone_number_id: str | None
    display_number: str
    changes: dict[str, str]
    at: datetime | None


class GroupNews(msgspec.Struct, frozen=True, kw_only=True):
    """What changed of a group: its subject, where that is not empty, and who came or went, by phone or user id."""

    group_id: str
    subject: str
    joined: tuple[str, ...]
    left: tuple[str, ...]
    at: datetime | None


AccountNews = Call | Preference | TemplateNews | NumberNews | GroupNews


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """Anything else, kept raw: account-side fields, unknown ones, and updates nobody could read."""

    account_id: str
    phone_number_id: str | None
    field: str
    reason: str
    raw: bytes


class Updates(msgspec.Struct):
    """All that one delivery held, each list in Meta's order. ``tests`` are the fields whose Test button was pressed
    in Meta's dashboard: what came with them is of no number and nobody, and kept raw alone."""

    messages: list[Message] = msgspec.field(default_factory=list)
    amendments: list[Amendment] = msgspec.field(default_factory=list)
    statuses: list[Status] = msgspec.field(default_factory=list)
    others: list[Other] = msgspec.field(default_factory=list)
    calls: list[Call] = msgspec.field(default_factory=list)
    preferences: list[Preference] = msgspec.field(default_factory=list)
    templates: list[TemplateNews] = msgspec.field(default_factory=list)
    numbers: list[NumberNews] = msgspec.field(default_factory=list)
    payments: list[Payment] = msgspec.field(default_factory=list)
    groups: list[GroupNews] = msgspec.field(default_factory=list)
    tests: list[str] = msgspec.field(default_factory=list)
