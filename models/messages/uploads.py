"""Files agents uploaded to send, and the ids Meta gave to copies of them.

Meta keeps an uploaded file for 30 days and for one number; its id is used again until shortly before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import peewee

from ground.clock import now
from ground.ids import new_id
from models.database import IdField, Table, TimeField, database, rows
from models.messages import file_lock

KEPT_BY_META = timedelta(days=30)
# An id must outlive the retries of the message it is sent with.
_REUSED_FOR = KEPT_BY_META - timedelta(days=2)


class Upload(Table):
    """``digest`` is the hex SHA-256 of the bytes, and their name in the store."""

    id = IdField(primary_key=True, default=new_id)
    agent_id = IdField(null=True)
    digest = peewee.TextField()
    size = peewee.BigIntegerField()
    mime_type = peewee.TextField()
    filename = peewee.TextField(default="")
    created_at = TimeField(default=now)


class UploadCopy(Table):
    """One copy at Meta: the same bytes for the same number have one, whoever uploaded them."""

    digest = peewee.TextField()
    mime_type = peewee.TextField()
    phone_number_id = peewee.TextField()
    media_id = peewee.TextField()
    expires_at = TimeField()

    class Meta:
        table_name = "upload_copy"
        primary_key = peewee.CompositeKey("digest", "mime_type", "phone_number_id")


class Uploaded(NamedTuple):
    """A file in the store, to be sent by its ``id``. ``size`` in bytes."""

    id: str
    digest: str
    size: int
    mime_type: str
    filename: str


def add(agent_id: str, digest: str, size: int, mime_type: str, filename: str) -> Uploaded:
    """Name a file that is about to be put into the store: before it is there, so that nobody deletes it as unnamed."""
    with database.atomic():
        file_lock.hold(digest)
        made = Upload.create(
            agent_id=agent_id, digest=digest, size=size, mime_type=mime_type, filename=filename
        )
    return Uploaded(made.id, digest, size, mime_type, filename)


def remove(upload_id: str) -> None:
    """The file did not come into the store."""
    rows("DELETE FROM upload WHERE id = %s", (upload_id,))


def find(upload_id: str) -> Uploaded | None:
    records = rows("SELECT id, digest, size, mime_type, filename FROM upload WHERE id = %s", (upload_id,))
    return Uploaded(*records[0]) if records else None


def copy_at_meta(file: Uploaded, phone_number_id: str) -> str | None:
    """Meta's id of these bytes for this number, while it can be relied on."""
    copies = rows(
        "SELECT media_id FROM upload_copy WHERE digest = %s AND mime_type = %s AND phone_number_id = %s"
        " AND expires_at > now()",
        (file.digest, file.mime_type, phone_number_id),
    )
    return copies[0][0] if copies else None


def note_copy(file: Uploaded, phone_number_id: str, media_id: str) -> None:
    rows(
        "INSERT INTO upload_copy (digest, mime_type, phone_number_id, media_id, expires_at)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (digest, mime_type, phone_number_id)"
        " DO UPDATE SET media_id = excluded.media_id, expires_at = excluded.expires_at",
        (file.digest, file.mime_type, phone_number_id, media_id, now() + _REUSED_FOR),
    )


def forget_copies(file: Uploaded, phone_number_id: str, older_than: timedelta = timedelta()) -> None:
    """Meta does not know the id any more: the next send uploads the file again. A copy that is not
    ``older_than`` stays."""
    rows(
        "DELETE FROM upload_copy WHERE digest = %s AND phone_number_id = %s AND (%s OR expires_at <= %s)",
        (file.digest, phone_number_id, not older_than, now() + _REUSED_FOR - older_than),
    )
