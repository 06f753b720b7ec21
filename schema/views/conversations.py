"""What a client sees of a conversation and whom it is with, and what it missed of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from schema.views.messages import MessageView
from schema.views.view import Listed, View

Frame = Annotated[
    msgspec.Raw,
    Meta(
        description="An event as the socket sends it; docs/events.md lists them by type.",
        extra_json_schema={
            "type": "object",
            "required": ["id", "type", "at"],
            "properties": {
                "id": {"type": "string"},
                "type": {"type": "string"},
                "at": {"type": "string", "format": "date-time"},
            },
        },
    ),
]


class ContactView(View, frozen=True):
    """A customer, or a group of them. ``phone`` is digits without a plus, ``user_id`` Meta's business-scoped id,
    ``group_id`` Meta's id of a group; at least one is not null."""

    id: str
    name: str
    phone: str | None
    user_id: str | None
    username: str | None
    group_id: str | None = None


class WindowView(View, frozen=True):
    """The customer-service window: whether anything but a template may be sent, and until when."""

    open: bool
    expires_at: datetime | None


class ConversationView(View, frozen=True):
    """A thread with one customer on one number. ``last_message`` is null in events that carry the message."""

    id: str
    phone_number_id: str
    contact: ContactView
    status: str
    assignee_id: str | None
    labels: tuple[str, ...]
    unread_count: int
    window: WindowView
    last_message: MessageView | None
    last_message_at: datetime | None
    revision: int
    created_at: datetime


class ConversationList(Listed[ConversationView], frozen=True):
    """Conversations, most recently active first."""


class CountsView(View, frozen=True):
    """How many conversations hold something unread; beyond what is counted, ``unread_more`` is true."""

    unread: int
    unread_more: bool


class MissedView(View, frozen=True):
    """What a client missed. ``recovered`` false: the history does not reach back, fetch anew. ``more``: ask again after
    ``last_event_id``."""

    data: tuple[Frame, ...]
    recovered: bool
    last_event_id: str
    more: bool
