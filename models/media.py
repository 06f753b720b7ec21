"""Files of received messages: where each stands on its way from Meta into the store.

A file's row has the id of its message and is written with it, so that a fetch is never forgotten. Meta keeps
received media for 7 days; past that a fetch is given up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import peewee

from models.database import IdField, Table, TimeField, bulk, rows
from realtime.events import now
from realtime.views import MediaView

PENDING, STORED, FAILED = "pending", "stored", "failed"
KEPT_BY_META = timedelta(days=7)


class Media(Table):
    """``digest`` is the hex SHA-256 of the stored bytes, and their name in the store."""

    id = IdField(primary_key=True)
    phone_number_id = peewee.TextField()
    media_id = peewee.TextField()
    mime_type = peewee.TextField(default="")
    expected = peewee.TextField(default="")
    filename = peewee.TextField(default="")
    status = peewee.TextField(default=PENDING)
    digest = peewee.TextField(null=True)
    size = peewee.BigIntegerField(null=True)
    error = peewee.TextField(default="")
    attempts = peewee.IntegerField(default=0)
    next_attempt_at = TimeField(default=now)
    created_at = TimeField(default=now)


class Wanted(NamedTuple):
    """A file to fetch. ``expected`` is Meta's SHA-256 of it, base64 or hex, or empty."""

    id: str
    phone_number_id: str
    media_id: str
    expected: str
    attempts: int
    created_at: datetime


class Stored(NamedTuple):
    """A file in the store."""

    digest: str
    size: int
    mime_type: str
    filename: str


def describe(content: Any) -> MediaView | None:
    """What is to be told of a media object before its file is there; None where it names no file."""
    if not isinstance(content, dict) or not isinstance(content.get("id"), str) or not content["id"]:
        return None
    return MediaView(status=PENDING, mime_type=_text(content, "mime_type"), size=None)


def want(files: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Note files to fetch: (message id, phone_number_id, the media object) each."""
    moment = now()
    bulk(
        "INSERT INTO media (id, phone_number_id, media_id, mime_type, expected, filename, next_attempt_at, created_at)"
        " VALUES %s ON CONFLICT DO NOTHING",
        [
            (
                *(key, number, content["id"], _text(content, "mime_type"), _text(content, "sha256")),
                *(_text(content, "filename"), moment, moment),
            )
            for key, number, content in files
        ],
    )


def _text(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value[:300] if isinstance(value, str) else ""


def claim(message_id: str, lease_s: float) -> Wanted | None:
    """Take a file that is due. The attempt counts from now: if the worker dies, the next one is after the lease."""
    found = rows(
        "UPDATE media SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => %s)"
        " WHERE id = %s AND status = 'pending' AND next_attempt_at <= now()"
        " RETURNING id, phone_number_id, media_id, expected, attempts, created_at",
        (lease_s, message_id),
    )
    return Wanted(*found[0]) if found else None


def stored(message_id: str, digest: str, size: int) -> None:
    """The file is in the store. Must run in a transaction with the event that tells of it."""
    rows(
        "UPDATE media SET status = 'stored', digest = %s, size = %s, error = '' WHERE id = %s",
        (digest, size, message_id),
    )
    _revise(message_id)


def postponed(message_id: str, error: str, delay_s: float) -> None:
    """The fetch failed for a passing reason."""
    rows(
        "UPDATE media SET error = %s, next_attempt_at = now() + make_interval(secs => %s)"
        " WHERE id = %s AND status = 'pending'",
        (error[:500], delay_s, message_id),
    )


def given_up(message_id: str, error: str) -> None:
    """The file will not come. Must run in a transaction with the event that tells of it."""
    rows("UPDATE media SET status = 'failed', error = %s WHERE id = %s", (error[:500], message_id))
    _revise(message_id)


def _revise(message_id: str) -> None:
    rows("UPDATE message SET revision = revision + 1 WHERE id = %s", (message_id,))


def due(limit: int = 200) -> list[str]:
    """Files that may be fetched now, longest due first."""
    found = rows(
        "SELECT id FROM media WHERE status = 'pending' AND next_attempt_at <= now()"
        " ORDER BY next_attempt_at LIMIT %s",
        (limit,),
    )
    return [row[0] for row in found]


def find(message_id: str) -> Stored | None:
    """The stored file of a message, received or uploaded to be sent; None where there is none (yet)."""
    found = rows(
        "SELECT digest, size, mime_type, filename FROM media WHERE id = %s AND status = 'stored'",
        (message_id,),
    )
    return Stored(*found[0]) if found else None
