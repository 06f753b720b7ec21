"""The messages the business got accepted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sandbox.webhooks.updates import StatusTarget

KEPT = 100_000


@dataclass(frozen=True)
class Accepted:
    """One accepted message; ``request`` is its body as received, ``at`` unix seconds.

    ``dropped`` marks a message Meta takes and never delivers: a user id put where a number belongs.
    """

    wamid: str
    at: float
    chat: str
    request: dict[str, Any]
    target: StatusTarget
    dropped: bool = False

    def as_json(self) -> dict[str, Any]:
        """The message as the control API shows it and the journal keeps it."""
        return {
            "wamid": self.wamid,
            "biz_opaque_callback_data": self.target.callback_data,
            "at": self.at,
            "chat": self.chat,
            "recipient_id": self.target.recipient_id,
            "recipient_user_id": self.target.recipient_user_id,
            "dropped": self.dropped,
            "request": self.request,
        }


class Outbox:
    """Accepted messages in order, the newest hundred thousand; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._messages: OrderedDict[str, Accepted] = OrderedDict()
        self._total = 0

    def add(self, message: Accepted) -> None:
        with self._lock:
            self._messages[message.wamid] = message
            self._total += 1
            if len(self._messages) > KEPT:
                self._messages.popitem(last=False)

    def get(self, wamid: str) -> Accepted | None:
        with self._lock:
            return self._messages.get(wamid)

    def total(self) -> int:
        """How many were accepted since the start or the last reset."""
        with self._lock:
            return self._total

    def listing(self, to: str = "", callback_data: str = "", limit: int = 1000) -> list[Accepted]:
        """The newest accepted messages, oldest of them first; all, or those of one person or id."""
        with self._lock:
            messages = list(self._messages.values())
        chosen = [
            message
            for message in messages
            if to in ("", message.chat) and callback_data in ("", message.target.callback_data)
        ]
        return chosen[-limit:]

    def reset(self) -> None:
        with self._lock:
            self._messages.clear()
            self._total = 0
