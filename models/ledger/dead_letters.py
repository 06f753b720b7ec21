"""What was given up on either journey, with all it takes to try again.

A delivery is kept with its raw bytes, a send by its message. Trying again is safe to repeat: deliveries are
deduplicated by what they hold, and a message is only queued where it is not on its way already.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import peewee

from ground.clock import now
from ground.digest import digest
from ground.ids import new_id
from models.database import IdField, Table, TimeField, rows
from models.ledger.redaction import redacted
from models.page import Cursor, Page, keyset
from schema.directions import INBOUND, OUTBOUND

# Meta repeats a delivery for 7 days, and WhatsApp lets nobody delete an older message.
_REPEATED_DAYS = 8


class DeadLetter(Table):
    """``digest`` is of what it holds: the same given up again is the same letter, waiting anew."""

    id = IdField(primary_key=True, default=new_id)
    journey = peewee.TextField()
    body = peewee.BlobField(null=True)
    message_id = IdField(null=True)
    digest = peewee.TextField(unique=True)
    error = peewee.TextField()
    created_at = TimeField(default=now)
    replayed_at = TimeField(null=True)

    class Meta:
        table_name = "dead_letter"


class Letter(NamedTuple):
    """A dead letter without its body; ``size`` is the body's, in bytes."""

    id: str
    journey: str
    message_id: str | None
    error: str
    size: int
    created_at: datetime
    replayed_at: datetime | None


_LETTER = "SELECT id, journey, message_id, error, coalesce(length(body), 0), created_at, replayed_at FROM dead_letter"
_BURY = """
INSERT INTO dead_letter (id, journey, body, message_id, digest, error) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (digest) DO UPDATE SET error = excluded.error, created_at = now(), replayed_at = NULL
"""


def bury_delivery(place: str, body: bytes, error: str) -> None:
    """Keep a delivery that cannot be persisted, with where it was, its raw bytes and the reason."""
    reason = f"{place}: {error}"[:4000].replace("\x00", "\ufffd")
    rows(_BURY, (new_id(), INBOUND, body, None, digest(body), reason))


def bury_send(message_id: str, error: str) -> None:
    """Note a send that was given up after all its tries. Must run in the transaction that fails the message."""
    rows(_BURY, (new_id(), OUTBOUND, None, message_id, f"message {message_id}", error[:4000]))


def page(waiting: bool, limit: int, cursor: Cursor | None) -> Page[Letter]:
    """Dead letters, newest first: those that wait for somebody, or those that were tried again."""
    return keyset(
        _LETTER,
        ["replayed_at IS NULL" if waiting else "replayed_at IS NOT NULL"],
        [],
        keys=("id",),
        key_of=lambda letter: (letter.id,),
        make=lambda row: Letter(*row),
        limit=limit,
        cursor=cursor,
    )


def get(letter_id: str) -> tuple[Letter, bytes | None] | None:
    """One dead letter and its raw body, or None where the id is unknown."""
    records = rows(
        f"SELECT l.*, d.body FROM ({_LETTER}) l JOIN dead_letter d USING (id) WHERE id = %s", (letter_id,)
    )
    if not records:
        return None
    body: Any = records[0][-1]
    return Letter(*records[0][:-1]), None if body is None else bytes(body)


def waiting_ids() -> list[str]:
    """All letters that wait, oldest first."""
    return [row[0] for row in rows("SELECT id FROM dead_letter WHERE replayed_at IS NULL ORDER BY id")]


def redact(wamids: Sequence[str]) -> None:
    """Take what these messages said out of the deliveries of the last days that hold them; what is no JSON stays.

    The digest stays too: Meta's repeat is the same letter, and brings nothing back.
    """
    letters = rows(
        "SELECT id, body FROM dead_letter WHERE body IS NOT NULL AND created_at > now() - make_interval(days => %s)"
        " AND EXISTS (SELECT FROM unnest(%s::text[]) AS gone (wamid)"
        " WHERE position(convert_to(gone.wamid, 'UTF8') in body) > 0)",
        (_REPEATED_DAYS, list(wamids)),
    )
    for letter_id, body in letters:
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            left = msgspec.json.encode(redacted(msgspec.json.decode(bytes(body)), set(wamids)))
            rows("UPDATE dead_letter SET body = %s WHERE id = %s", (left, letter_id))


def note_replayed(letter_id: str) -> None:
    rows("UPDATE dead_letter SET replayed_at = now() WHERE id = %s", (letter_id,))


def waiting() -> tuple[int, datetime | None]:
    """How many dead letters wait for somebody, and when the newest was buried."""
    count, newest = rows("SELECT count(*), max(created_at) FROM dead_letter WHERE replayed_at IS NULL")[0]
    return int(count), newest
