"""The events a client may receive. Each is a frozen struct; its tag is the ``type`` on the wire.

An event is published only after what it tells is committed. Its ``id`` is not in the struct: it is made of the
position that the event log gives it (models/ledger/event_log.py), and the gateway puts it into the frame.
docs/events.md is held against these classes by a test.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ground.clock import now
from schema.views import (
    ConversationView,
    ErrorView,
    MessageView,
    NumberView,
    PaymentView,
    RecipientView,
    TemplateView,
)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What all events share: the conversation they belong to (null where none) and when they were made."""

    conversation_id: str | None = None
    at: datetime = msgspec.field(default_factory=now)


class NewMessage(Event, frozen=True, kw_only=True, tag="new_message"):
    """A message entered a conversation, from whichever side; with the conversation as it stands after it."""

    message: MessageView
    conversation: ConversationView


class MessageStatus(Event, frozen=True, kw_only=True, tag="message_status"):
    """A message's status rose, or it failed, was deleted or became unconfirmed; or there is news of its bill, or of a
    member of the group it went to."""

    message_id: str
    status: str
    status_times: dict[str, str]
    error: ErrorView | None
    wamid: str | None
    revision: int
    pricing: Any = None
    possible_duplicate: bool = False
    client_reference: str | None = None
    payment: PaymentView | None = None
    recipients: tuple[RecipientView, ...] = ()


class MessageUpdated(Event, frozen=True, kw_only=True, tag="message_updated"):
    """A message's content changed: an edit, a deletion, a reaction, its file, or what it quotes became known."""

    message: MessageView


class ConversationUpdated(Event, frozen=True, kw_only=True, tag="conversation_updated"):
    """A conversation's unread count, status, assignee, labels, window or contact changed."""

    conversation: ConversationView


class ConversationRemoved(Event, frozen=True, kw_only=True, tag="conversation_removed"):
    """A conversation was joined with another, because a customer's new number was known already: ``removed_id`` is
    gone, and all its messages are in ``merged_into`` now. Told twice, in the place of either."""

    removed_id: str
    merged_into: str


class TemplateUpdated(Event, frozen=True, kw_only=True, tag="template_updated"):
    """A message template became known, or its status, category, quality or components changed."""

    template: TemplateView


class NumberUpdated(Event, frozen=True, kw_only=True, tag="number_updated"):
    """A number of ours stands otherwise than before: its quality, limit, name or status at Meta, what its account was
    told, or it was held and sends nothing, or it was let go."""

    number: NumberView


class AgentTyping(Event, frozen=True, kw_only=True, tag="agent_typing"):
    """Another agent types in a conversation, or stopped. Live only: it is not kept in the history."""

    user_id: str
    on: bool


class Presence(Event, frozen=True, kw_only=True, tag="presence"):
    """An agent came or looks again (``online``), looks at none of their pages (``away``), or went (``offline``).
    Live only: it is not kept in the history."""

    user_id: str
    status: str


EVENTS: tuple[type[Event], ...] = (
    NewMessage,
    MessageStatus,
    MessageUpdated,
    ConversationUpdated,
    ConversationRemoved,
    TemplateUpdated,
    NumberUpdated,
    AgentTyping,
    Presence,
)

encode = msgspec.json.Encoder().encode
"""One encoder for every event: bytes of one line of JSON without ``id``."""


FIRST_POSITION = 4_000_000_000_000
"""Where the log begins: above every id that was a time in milliseconds (until 2096), in as many digits."""


class Logged(NamedTuple):
    """An event as the log holds it: its position, its conversation or None, who may see it, its JSON."""

    position: int
    conversation_id: str | None
    audience: str
    body: bytes


def type_of(event: Event) -> str:
    """Its ``type`` on the wire."""
    return str(event.__struct_config__.tag)


def number_of(event: Event) -> str | None:
    """The number of ours that it is about, where it carries that."""
    for name in ("conversation", "message", "number"):
        if (subject := getattr(event, name, None)) is not None:
            return str(subject.phone_number_id)
    return None
