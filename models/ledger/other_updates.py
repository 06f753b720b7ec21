"""What Meta sent that is no message and no status, or that nobody could read as one: kept raw, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import peewee

from ground.clock import now
from ground.digest import digest
from ground.ids import new_id
from models import sql
from models.database import IdField, JsonField, Table, TimeField, json, rows
from models.page import Cursor, Page, keyset
from whatsapp.inbound.updates import Other


class OtherUpdate(Table):
    """An update kept raw. The same one again only counts ``seen``: Meta repeats deliveries. ``noted_at`` is set once
    somebody has looked at it."""

    id = IdField(primary_key=True, default=new_id)
    account_id = peewee.TextField()
    phone_number_id = peewee.TextField(null=True)
    field = peewee.TextField()
    reason = peewee.TextField()
    body = JsonField()
    digest = peewee.TextField(unique=True)
    seen = peewee.IntegerField(default=1)
    created_at = TimeField(default=now)
    noted_at = TimeField(null=True)

    class Meta:
        table_name = "other_update"


class Kept(NamedTuple):
    """An update kept raw, without its body. ``reason`` says why it could not be read, and is empty where it is only
    of a kind that nothing here acts on; ``seen`` is how often it came."""

    id: str
    account_id: str
    phone_number_id: str | None
    field: str
    reason: str
    seen: int
    created_at: datetime
    noted_at: datetime | None


_KEPT = ", ".join(Kept._fields)
# What may have been a message or a status, and is in no inbox. The index of that name has the same words.
UNREAD = (
    "noted_at IS NULL AND reason <> ''"
    " AND field IN ('', 'messages', 'message_echoes', 'smb_message_echoes', 'statuses')"
)


class Filter(NamedTuple):
    """Which updates to list; None does not filter. ``unread`` are those that raise the alarm."""

    field: str | None = None
    unread: bool | None = None


def page(chosen: Filter, limit: int, cursor: Cursor | None) -> Page[Kept]:
    """Updates kept raw, newest first."""
    conditions = ["field = %s"] if chosen.field is not None else []
    if chosen.unread is not None:
        conditions.append(UNREAD if chosen.unread else f"NOT ({UNREAD})")
    return keyset(
        f"SELECT {_KEPT} FROM other_update",
        conditions,
        [] if chosen.field is None else [chosen.field],
        keys=("id",),
        key_of=lambda kept: (kept.id,),
        make=lambda row: Kept(*row),
        limit=limit,
        cursor=cursor,
    )


def get(update_id: str) -> tuple[Kept, Any] | None:
    """One update and its body, or None where the id is unknown."""
    records = rows(f"SELECT {_KEPT}, body FROM other_update WHERE id = %s", (update_id,))
    return (Kept(*records[0][:-1]), records[0][-1]) if records else None


def note(update_id: str | None = None) -> int:
    """Somebody has looked at one, or at all: it raises no alarm any more. Returns of how many that is new."""
    which, parameters = ("id = %s", (update_id,)) if update_id else (UNREAD, ())
    noted = rows(
        f"UPDATE other_update SET noted_at = now() WHERE {which} AND noted_at IS NULL RETURNING id",
        parameters,
    )
    return len(noted)


def keep(batch: Iterable[Iterable[Other]]) -> None:
    """Store the updates of these deliveries raw, each once, and count in how many of them each came."""
    moment = now()
    kept: dict[str, Other] = {}
    seen: Counter[str] = Counter()
    for others in batch:
        came = {_digest(update): update for update in others}
        kept |= came
        seen.update(came.keys())
    new = [
        {
            "id": new_id(),
            "account_id": update.account_id,
            "phone_number_id": update.phone_number_id,
            "field": update.field[:200],
            "reason": update.reason[:500],
            "body": msgspec.Raw(update.raw),
            "digest": digest,
            "seen": seen[digest],
            "created_at": moment,
        }
        for digest, update in sorted(kept.items())
    ]
    sql.insert(
        OtherUpdate, new, "ON CONFLICT (digest) DO UPDATE SET seen = other_update.seen + excluded.seen"
    )


def _digest(other: Other) -> str:
    number = other.phone_number_id or ""
    key = "\x1f".join((other.account_id, number, other.field)).encode()
    return digest(key + b"\x1f" + other.raw)


def counts() -> dict[str, int]:
    """How many updates of each field were kept raw, repeats included; "" is of those without a field."""
    return dict(rows("SELECT field, sum(seen)::int FROM other_update GROUP BY field ORDER BY field"))


def forget(field: str, value: dict[str, Any], *, before: datetime | None = None) -> int:
    """Delete kept updates of a field whose value holds all of ``value``; returns how many there were."""
    deleted = rows(
        "DELETE FROM other_update WHERE field = %s AND body @> %s::jsonb"
        " AND (%s::timestamptz IS NULL OR created_at < %s) RETURNING id",
        (field, json({"value": value}), before, before),
    )
    return len(deleted)
