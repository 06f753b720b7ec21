"""The audit table: who did what to what, when, and from where. Append-only, which the database itself enforces.

``before`` and ``after`` hold what changed, and never a message's words, a token or a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import peewee

from ground.clock import now
from ground.ids import new_id
from models.actors.actors import Actor
from models.database import IdField, JsonField, Table, TimeField, json, rows


class Audit(Table):
    id = IdField(primary_key=True)
    at = TimeField()
    actor_id = IdField()
    verb = peewee.TextField()
    subject = peewee.TextField()
    subject_id = peewee.TextField()
    before = JsonField(null=True)
    after = JsonField(null=True)
    origin = peewee.TextField()


class Entry(NamedTuple):
    """What was done: ``subject`` is the kind of thing it was done to."""

    verb: str
    subject: str
    subject_id: str
    before: Any = None
    after: Any = None


class Kept(NamedTuple):
    """An entry as it is kept."""

    id: str
    at: datetime
    actor_id: str
    verb: str
    subject: str
    subject_id: str
    before: Any
    after: Any
    origin: str


# An actor that the version before made has no row of its own yet. One statement, for this is in every request that
# changes something.
_WRITE = """
WITH known AS (
    INSERT INTO actor (id, kind, name) SELECT %(actor_id)s::uuid, %(kind)s, %(name)s
    WHERE NOT EXISTS (SELECT FROM actor WHERE id = %(actor_id)s::uuid) ON CONFLICT DO NOTHING)
INSERT INTO audit (id, at, actor_id, verb, subject, subject_id, before, after, origin)
SELECT e.id, %(at)s, %(actor_id)s::uuid, e.verb, e.subject, e.subject_id, e.before, e.after, %(origin)s
FROM jsonb_to_recordset(%(entries)s) AS e
    (id uuid, verb text, subject text, subject_id text, before jsonb, after jsonb)
"""


def write(actor: Actor, entries: Sequence[Entry]) -> None:
    """Note what an actor does, in the transaction in which it is done."""
    if not entries:
        return
    at = now()
    records = [{"id": new_id(at)} | entry._asdict() for entry in entries]
    values = {"actor_id": actor.id, "kind": actor.kind, "name": actor.name, "origin": actor.origin}
    rows(_WRITE, values | {"at": at, "entries": json(records)})


def of(subject: str, subject_id: str, limit: int = 200) -> list[Kept]:
    """What was done to one thing, newest first."""
    records = rows(
        "SELECT id, at, actor_id, verb, subject, subject_id, before, after, origin FROM audit"
        " WHERE subject = %s AND subject_id = %s ORDER BY id DESC LIMIT %s",
        (subject, subject_id, limit),
    )
    return [Kept(*row) for row in records]
