"""What an admin sees of what was given up, and of what became no message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from schema.views.view import Listed, View


class DeadLetterView(View, frozen=True):
    """A delivery that could not be persisted, or a send that was given up; ``size`` of its body in bytes."""

    id: str
    journey: str
    message_id: str | None
    error: str
    size: int
    created_at: datetime
    replayed_at: datetime | None


class WholeDeadLetterView(DeadLetterView, frozen=True):
    """With its bytes, null where it is no delivery's."""

    body_base64: str | None


class DeadLetterList(Listed[DeadLetterView], frozen=True):
    """Dead letters, newest first."""


class ReplayedView(View, frozen=True):
    """How many were put on their way again."""

    replayed: int


class OtherUpdateView(View, frozen=True):
    """An update kept raw. ``field`` is ``unreadable`` where none was found; ``reason`` says why it could not be read,
    and is empty where nothing here acts on such a field; ``seen`` is how often it came."""

    id: str
    account_id: str
    phone_number_id: str | None
    field: str
    reason: str
    seen: int
    created_at: datetime
    noted_at: datetime | None


class WholeOtherUpdateView(OtherUpdateView, frozen=True):
    """With its body, as Meta sent it."""

    body: Any


class OtherUpdateList(Listed[OtherUpdateView], frozen=True):
    """Other updates, newest first."""


class NotedView(View, frozen=True):
    """How many were noted."""

    noted: int
