"""Webhook deliveries: what was posted, what came back, and what is still to be tried."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

WAITING, DELIVERED, RETRYING = "waiting", "delivered", "retrying"
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.5, 30.0
KEPT_ATTEMPTS = 20


@dataclass(frozen=True)
class Attempt:
    """One POST: unix time, HTTP status (None: no answer), one sentence, seconds it took."""

    at: float
    status: int | None
    said: str
    seconds: float


@dataclass
class Delivery:
    """One webhook on its way. Changed only by the courier; read through ``as_json``."""

    id: str
    body: bytes
    updates: list[dict[str, str]]
    signature: str | None = None
    url: str = ""
    state: str = WAITING
    tries: int = 0
    created: float = field(default_factory=time.time)
    next_at: float | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def record(self, attempt: Attempt) -> float | None:
        """Note how an attempt went; the seconds until the next one, None when it was taken."""
        self.tries += 1
        self.attempts = [*self.attempts, attempt][-KEPT_ATTEMPTS:]
        if attempt.status == 200:
            self.state, self.next_at = DELIVERED, None
            return None
        wait = retry_wait(self.tries)
        self.state, self.next_at = RETRYING, time.time() + wait
        return wait

    def as_json(self, with_body: bool = False) -> dict[str, Any]:
        """The delivery as the control API and the phone show it; times are unix seconds."""
        last = self.attempts[-1] if self.attempts else None
        shown: dict[str, Any] = {
            "id": self.id,
            "state": self.state,
            "url": self.url,
            "tries": self.tries,
            "created": self.created,
            "next_at": self.next_at,
            "last_status": last.status if last else None,
            "said": last.said if last else "Waiting to be sent to Parley.",
            "updates": self.updates,
            "bytes": len(self.body),
            "attempts": [vars(attempt) for attempt in self.attempts],
        }
        if with_body:
            shown["body"] = self.body.decode("utf-8", "replace")
            shown["signature"] = self.signature
        return shown


def retry_wait(tries: int) -> float:
    """Seconds before the next attempt after so many failed ones: half a second, doubling to thirty."""
    doubled: float = FIRST_RETRY_SECONDS * 2.0 ** min(tries - 1, 10)
    return min(LONGEST_RETRY_SECONDS, doubled)


def explanation(status: int, answer: bytes) -> str:
    """What an answer to a webhook means, for a person: one sentence."""
    reason = _reason_in(answer)
    if status == 200:
        return "Parley took it (200)."
    if status in (401, 403):
        because = (
            f": {reason}" if reason else ": signature refused. Is the app secret the same on both sides?"
        )
        return f"Parley answered {status}{because}"
    if status in (404, 405):
        return f"Parley answered {status}: is this the webhook's address?"
    if status in (502, 503, 504):
        return f"Parley answered {status}: not ready{f' ({reason})' if reason else ''}."
    if 300 <= status < 400:
        return f"Parley answered {status}: Meta follows no redirects."
    return f"Parley answered {status}{f': {reason}' if reason else ''}."


def updates_in(envelope: Any) -> list[dict[str, str]]:
    """What a webhook carries: ``{"what", "kind", "id", "field"}`` for each message, status or echo in it."""
    updates: list[dict[str, str]] = []
    for change in changes_in(envelope):
        value, name = change.get("value"), str(change.get("field", ""))
        if not isinstance(value, dict):
            continue
        items = [
            {
                "what": what,
                "kind": str(item.get("status" if what == "status" else "type", "")),
                "id": str(item.get("id", "")),
                "field": name,
            }
            for what, key in (("message", "messages"), ("status", "statuses"), ("echo", "message_echoes"))
            for item in dicts_in(value.get(key))
        ]
        updates += items or [{"what": "update", "kind": "", "id": "", "field": name}]
    return updates


def changes_in(envelope: Any) -> list[dict[str, Any]]:
    """Every object of every ``changes[]``, whatever else the envelope is."""
    entries = dicts_in(envelope.get("entry")) if isinstance(envelope, dict) else []
    return [change for entry in entries for change in dicts_in(entry.get("changes"))]


def dicts_in(value: Any) -> list[dict[str, Any]]:
    """The objects in an array; nothing where it is no array."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _reason_in(answer: bytes) -> str:
    """The one readable sentence of an answer's body, where there is one."""
    try:
        body = json.loads(answer)
    except ValueError:
        return ""
    for key in ("detail", "details", "description", "message", "error", "title"):
        reason = body.get(key) if isinstance(body, dict) else None
        if isinstance(reason, dict):
            reason = reason.get("message")
        if isinstance(reason, str) and reason:
            return reason[:300]
    return ""
