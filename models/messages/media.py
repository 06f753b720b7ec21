"""Files of received messages: where each stands on its way from Meta into the store.

A file's row has the id of its message and is written with it, so that a fetch is never forgotten. Meta keeps
received media for 7 days; past that a fetch is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import peewee

from ground.clock import now
from ground.ids import is_id
from models import sql
from models.database import IdField, Table, TimeField, bulk, database, rows
from models.messages import file_lock, messages, uploads
from schema.views import MediaView
from whatsapp.inbound.updates import MEDIA_TYPES

PENDING, STORED, FAILED = "pending", "stored", "failed"
KEPT_BY_META = timedelta(days=7)
_THUMBNAIL_TRIES = 3


class Media(Table):
    """``digest`` is the hex SHA-256 of the stored bytes, and their name in the store; ``thumbnail`` is that of a
    small picture of it, where one could be made, and ``thumbnail_due_at`` is set until that was tried."""

    id = IdField(primary_key=True)
    phone_number_id = peewee.TextField()
    media_id = peewee.TextField()
    mime_type = peewee.TextField(default="")
    expected = peewee.TextField(default="")
    filename = peewee.TextField(default="")
    status = peewee.TextField(default=PENDING)
    digest = peewee.TextField(null=True)
    size = peewee.BigIntegerField(null=True)
    thumbnail = peewee.TextField(null=True)
    thumbnail_size = peewee.BigIntegerField(null=True)
    thumbnail_due_at = TimeField(null=True)
    thumbnail_attempts = peewee.IntegerField(default=0)
    error = peewee.TextField(default="")
    attempts = peewee.IntegerField(default=0)
    next_attempt_at = TimeField(default=now)
    created_at = TimeField(default=now)


class ReleasedFile(Table):
    """A file that is to be deleted from the store unless something else names it."""

    digest = peewee.TextField(primary_key=True)
    created_at = TimeField(default=now)

    class Meta:
        table_name = "released_file"


class Wanted(NamedTuple):
    """A file to fetch. ``mime_type`` is what its webhook tells, ``expected`` Meta's SHA-256 of it, base64 or hex;
    either may be empty."""

    id: str
    phone_number_id: str
    media_id: str
    mime_type: str
    expected: str
    attempts: int
    created_at: datetime


class Stored(NamedTuple):
    """A file in the store. ``thumbnail`` and its size are those of a small picture of it, in WebP, if there is one."""

    digest: str
    size: int
    mime_type: str
    filename: str
    thumbnail: str | None = None
    thumbnail_size: int | None = None


def describe(content: Any) -> MediaView | None:
    """What is to be told of a media object before its file is there; None where it names no file."""
    if not isinstance(content, dict) or not isinstance(content.get("id"), str) or not content["id"]:
        return None
    return MediaView(status=PENDING, mime_type=_text(content, "mime_type"), size=None)


def want(files: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Note files to fetch: (message id, phone_number_id, the media object) each."""
    moment = now()
    wanted = [
        {
            "id": key,
            "phone_number_id": number,
            "media_id": content["id"],
            "mime_type": _text(content, "mime_type"),
            "expected": _text(content, "sha256"),
            "filename": _text(content, "filename"),
            "next_attempt_at": moment,
            "created_at": moment,
        }
        for key, number, content in files
    ]
    sql.insert(Media, wanted, "ON CONFLICT DO NOTHING")


def _text(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value[:300] if isinstance(value, str) else ""


def claim(message_id: str, lease_s: float) -> Wanted | None:
    """Take a file that is due. The attempt counts from now: if the worker dies, the next one is after the lease."""
    claimed = rows(
        "UPDATE media SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => %s)"
        " WHERE id = %s AND status = 'pending' AND next_attempt_at <= now()"
        " RETURNING id, phone_number_id, media_id, mime_type, expected, attempts, created_at",
        (lease_s, message_id),
    )
    return Wanted(*claimed[0]) if claimed else None


def name(message_id: str, digest: str) -> bool:
    """The file is about to be put into the store under this name; false where its message was deleted meanwhile.

    It is named before it is there, so that nobody who deletes the same bytes for another message takes it along.
    """
    with database.atomic():
        file_lock.hold(digest)
        named = rows(
            "UPDATE media SET digest = %s WHERE id = %s AND status = 'pending' RETURNING id",
            (digest, message_id),
        )
    return bool(named)


def stored(message_id: str, digest: str, size: int, *, pictured: bool, mime_type: str = "") -> bool:
    """The file is in the store; with ``pictured`` a thumbnail of it is to be tried. ``mime_type`` is what it is,
    whatever its webhook told; "" leaves that.

    False, and the file is let go, where its message was deleted meanwhile. Must run in a transaction with the event
    that tells of it.
    """
    messages.lock([message_id])
    updated = rows(
        "UPDATE media SET status = 'stored', digest = %s, size = %s, error = '',"
        " mime_type = coalesce(nullif(%s, ''), mime_type),"
        " thumbnail_due_at = CASE WHEN %s THEN now() END WHERE id = %s RETURNING id",
        (digest, size, mime_type, pictured, message_id),
    )
    if not updated:
        _release([digest])
        return False
    _revise([message_id])
    return True


def postponed(message_id: str, error: str, delay_s: float) -> None:
    """The fetch failed for a passing reason."""
    rows(
        "UPDATE media SET error = %s, next_attempt_at = now() + make_interval(secs => %s)"
        " WHERE id = %s AND status = 'pending'",
        (error[:500], delay_s, message_id),
    )


def given_up(message_id: str, error: str) -> None:
    """The file will not come. Must run in a transaction with the event that tells of it."""
    messages.lock([message_id])
    rows(
        "UPDATE media SET status = 'failed', error = %s, digest = NULL WHERE id = %s",
        (error[:500], message_id),
    )
    _revise([message_id])


def release(phone_number_id: str) -> None:
    """Make a number's files due whose fetch has failed before."""
    rows(
        "UPDATE media SET next_attempt_at = now() WHERE phone_number_id = %s AND status = 'pending' AND error <> ''",
        (phone_number_id,),
    )


def _revise(message_ids: Sequence[str]) -> None:
    messages.lock(message_ids)
    rows("UPDATE message SET revision = revision + 1 WHERE id = ANY(%s::uuid[])", (list(message_ids),))


def forget(message_ids: Sequence[str]) -> None:
    """These messages have no file any more, whatever is under way; its bytes go, unless something else names them."""
    records = rows(
        "DELETE FROM media WHERE id = ANY(%s::uuid[]) RETURNING digest, thumbnail", (list(message_ids),)
    )
    _release([digest for row in records for digest in row if digest])


def _release(digests: Sequence[str]) -> None:
    bulk(
        "INSERT INTO released_file (digest) VALUES %s ON CONFLICT DO NOTHING",
        [(digest,) for digest in sorted(set(digests))],
    )


def released(limit: int = 200) -> list[str]:
    """Files to be deleted where nothing names them, longest let go first."""
    return [row[0] for row in rows("SELECT digest FROM released_file ORDER BY created_at LIMIT %s", (limit,))]


def delete_released(digest: str, delete: Callable[[str], object]) -> None:
    """``delete`` the file where nothing names it, and be done with it. Whoever is about to name it waits."""
    with database.atomic():
        file_lock.hold(digest)
        if unnamed([digest]):
            delete(digest)
        rows("DELETE FROM released_file WHERE digest = %s", (digest,))


def due(limit: int = 200) -> list[str]:
    """Files that may be fetched now, longest due first."""
    records = rows(
        "SELECT id FROM media WHERE status = 'pending' AND next_attempt_at <= now()"
        " ORDER BY next_attempt_at LIMIT %s",
        (limit,),
    )
    return [row[0] for row in records]


def claim_thumbnail(message_id: str, lease_s: float) -> str | None:
    """Take a file of which a thumbnail is to be made; its digest. If the worker dies, the next try is after the
    lease, and a few are enough: a list shows the picture itself where there is none."""
    claimed = rows(
        "UPDATE media SET thumbnail_attempts = thumbnail_attempts + 1, thumbnail_due_at ="
        " CASE WHEN thumbnail_attempts < %s THEN now() + make_interval(secs => %s) END"
        " WHERE id = %s AND status = 'stored' AND thumbnail_due_at <= now() RETURNING digest",
        (_THUMBNAIL_TRIES - 1, lease_s, message_id),
    )
    return claimed[0][0] if claimed else None


def name_thumbnail(message_id: str, thumbnail: str) -> bool:
    """The same for a thumbnail, as ``name`` is for a file."""
    with database.atomic():
        file_lock.hold(thumbnail)
        named = rows(
            "UPDATE media SET thumbnail = %s WHERE id = %s AND status = 'stored' RETURNING id",
            (thumbnail, message_id),
        )
    return bool(named)


def pictured(message_id: str, thumbnail: tuple[str, int] | None) -> bool:
    """The thumbnail (digest, size) of a message's file is in the store, or none can be made.

    Returns whether that is news to be told, in the same transaction. Where the message was deleted meanwhile it is
    none, and the thumbnail is let go.
    """
    messages.lock([message_id])
    updated = rows(
        "UPDATE media SET thumbnail_due_at = NULL, thumbnail = %s, thumbnail_size = %s"
        " WHERE id = %s AND status = 'stored' RETURNING id",
        (*(thumbnail or (None, None)), message_id),
    )
    if thumbnail is None:
        return False
    if not updated:
        _release([thumbnail[0]])
        return False
    _revise([message_id])
    return True


def thumbnails_due(limit: int = 200) -> list[str]:
    """Files of which a thumbnail may be made now, longest due first."""
    records = rows(
        "SELECT id FROM media WHERE thumbnail_due_at <= now() ORDER BY thumbnail_due_at LIMIT %s", (limit,)
    )
    return [row[0] for row in records]


def find(message_id: str) -> Stored | None:
    """The stored file of a message, received or uploaded to be sent; None where there is none (yet)."""
    records = rows(
        "SELECT digest, size, mime_type, filename, thumbnail, thumbnail_size FROM media"
        " WHERE id = %s AND status = 'stored'",
        (message_id,),
    )
    return Stored(*records[0]) if records else _sent(message_id)


def _sent(message_id: str) -> Stored | None:
    """The file that was uploaded and is sent with a message: its content names the upload, not Meta's copy."""
    records = rows(
        "SELECT content->>'id' FROM message WHERE id = %s AND direction = 'outbound' AND type = ANY(%s)",
        (message_id, list(MEDIA_TYPES)),
    )
    key = records[0][0] if records else None
    file = uploads.find(key) if key and is_id(key) else None
    return Stored(file.digest, file.size, file.mime_type, file.filename) if file else None


def let_go(before: datetime, limit: int = 1000) -> int:
    """Files received or uploaded before this moment are not ours to keep any more; returns how many.

    Their messages stay and say that the file is gone. The bytes go with the next look for unnamed ones.
    """
    reason = "Deleted after MEDIA_RETENTION_DAYS."
    past = rows("SELECT id FROM media WHERE status = 'stored' AND created_at < %s LIMIT %s", (before, limit))
    # Before their files, as whoever deletes a message does.
    messages.lock(row[0] for row in past)
    received = rows(
        "UPDATE media SET status = 'failed', error = %s, digest = NULL, thumbnail = NULL, thumbnail_size = NULL,"
        " thumbnail_due_at = NULL WHERE id = ANY(%s::uuid[]) AND status = 'stored' RETURNING id",
        (reason, [row[0] for row in past]),
    )
    _revise([row[0] for row in received])
    uploaded = rows(
        "DELETE FROM upload WHERE id IN (SELECT id FROM upload WHERE created_at < %s LIMIT %s) RETURNING id",
        (before, limit),
    )
    return len(received) + len(uploaded)


def unnamed(digests: Sequence[str]) -> set[str]:
    """Those of these stored files that nothing names: no message, no thumbnail of one, no upload."""
    records = rows(
        "SELECT digest FROM unnest(%s) AS asked (digest)"
        " WHERE NOT EXISTS (SELECT 1 FROM media m WHERE m.digest = asked.digest)"
        " AND NOT EXISTS (SELECT 1 FROM media m WHERE m.thumbnail = asked.digest)"
        " AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.digest = asked.digest)",
        (list(digests),),
    )
    return {row[0] for row in records}
