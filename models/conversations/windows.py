"""The service window: for how long after a customer wrote a business may write freely.

Source: Meta, Cloud API > Customer service windows; 72 hours where an ad or a page's button led to the message.
"""

from __future__ import annotations

from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
WINDOW_FROM_AD = timedelta(hours=72)


def closes(written_at: datetime, *, from_ad: bool = False) -> datetime:
    """When the window closes that a message of this moment opens."""
    return written_at + (WINDOW_FROM_AD if from_ad else WINDOW)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends, either of which may be none."""
    return max(one, other) if one and other else one or other


class Windows(dict[str, datetime]):
    """When windows close at the earliest, by conversation, as one batch tells."""

    def open(self, conversation_id: str, written_at: datetime) -> None:
        """Something a customer did at this moment opens it."""
        closing = closes(written_at)
        self[conversation_id] = max(closing, self.get(conversation_id, closing))
