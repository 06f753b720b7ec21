"""What Meta sent that is no message and no status: kept raw, each once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee

from models.database import IdField, JsonField, Table, TimeField, bulk, json, rows
from models.ids import new_id
from realtime.events import now
from whatsapp.updates import Other


class OtherUpdate(Table):
    """An update kept raw. The same one again only counts ``seen``: Meta repeats deliveries."""

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


def keep(others: Iterable[Other]) -> None:
    """Store updates raw, each once."""
    moment = now()
    kept = {_digest(each): each for each in others}
    bulk(
        "INSERT INTO other_update (id, account_id, phone_number_id, field, reason, body, digest, created_at)"
        " VALUES %s ON CONFLICT (digest) DO UPDATE SET seen = other_update.seen + 1",
        [
            (
                *(new_id(), each.account_id, each.phone_number_id, each.field[:200], each.reason[:500]),
                *(each.raw.decode(), digest, moment),
            )
            for digest, each in sorted(kept.items())
        ],
        "(%s, %s, %s, %s, %s, %s::jsonb, %s, %s)",
    )


def _digest(other: Other) -> str:
    number = other.phone_number_id or ""
    key = "\x1f".join((other.account_id, number, other.field)).encode()
    return hashlib.sha256(key + b"\x1f" + other.raw).hexdigest()


def counts() -> dict[str, int]:
    """How many updates of each field were kept raw, repeats included; "" is of those without a field."""
    return dict(rows("SELECT field, sum(seen)::int FROM other_update GROUP BY field ORDER BY field"))


def forget(field: str, value: dict[str, Any], *, before: datetime | None = None) -> int:
    """Delete kept updates of a field whose value holds all of ``value``; returns how many there were."""
    found = rows(
        "DELETE FROM other_update WHERE field = %s AND body @> %s::jsonb"
        " AND (%s::timestamptz IS NULL OR created_at < %s) RETURNING id",
        (field, json({"value": value}), before, before),
    )
    return len(found)
