"""Deliveries for a drain, and what became of them."""

from __future__ import annotations

import json
import secrets
from typing import Any

import redis

from models.database import rows
from queues.inbox import Inbox
from realtime.bus import HISTORY
from settings import Settings, groups
from tasks.drain import Drain

SETTINGS = Settings(app_env="development", drain=groups.Drain(batch=16, attempts=3, linger_s=0.01))


def body(wamid: str, number: str = "1065", phone: str = "16505550123") -> bytes:
    message = {
        "from": phone,
        "id": wamid,
        "timestamp": "1766836800",
        "type": "text",
        "text": {"body": "Hello"},
    }
    value = {"metadata": {"phone_number_id": number, "display_phone_number": "1"}, "messages": [message]}
    change = {"field": "messages", "value": value}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    ).encode()


def poison() -> bytes:
    """A delivery that Postgres refuses: no index takes a key of this length."""
    return body("wamid.poison", number=secrets.token_hex(20_000))


def stored() -> list[str]:
    return [row[0] for row in rows("SELECT wamid FROM message ORDER BY id")]


def buried() -> list[tuple[bytes, str]]:
    return [
        (bytes(letter), error) for letter, error in rows("SELECT body, error FROM dead_letter ORDER BY id")
    ]


def published(client: redis.Redis) -> list[str]:
    """The wamids of the events in the history."""
    entries: Any = client.xrange(HISTORY)
    return [json.loads(values[b"e"])["message"]["wamid"] for _, values in entries]


def until_empty(drain: Drain, inbox: Inbox, most: int) -> int:
    """Run as the sweep does, as long as something waits; returns how many runs it took."""
    for run in range(1, most + 1):
        drain.run()
        if not inbox.backlog().entries:
            return run
    raise AssertionError(f"not empty after {most} runs")
