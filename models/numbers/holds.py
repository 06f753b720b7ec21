"""Numbers that may not send: Meta refuses their token, doubts their quality, or has stopped their account.

What they are asked to send stays queued. Once the hold's time is over one message is tried: taken, it lifts the
hold; refused, it lengthens it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from ground.clock import now
from models.database import JsonField, Table, TimeField, json, rows
from models.messages.messages import error_view
from models.numbers import standings
from schema.events import NumberUpdated
from whatsapp.errors import GraphProblem


class NumberHold(Table):
    """``error`` is what Meta said, ``times`` how often a trial was refused."""

    phone_number_id = peewee.TextField(primary_key=True)
    error = JsonField()
    until = TimeField()
    times = peewee.IntegerField(default=1)
    since = TimeField(default=now)

    class Meta:
        table_name = "number_hold"


def put(
    phone_number_id: str, problem: GraphProblem, wait_s: Callable[[int], float], *, on_trial: bool
) -> list[NumberUpdated]:
    """Hold a number; ``wait_s`` tells for how many seconds, by how often it was refused. Must run in a transaction.

    Returns the event. Only a trial changes a hold there is: calls that were under way together are refused together.
    """
    records = rows("SELECT times FROM number_hold WHERE phone_number_id = %s FOR UPDATE", (phone_number_id,))
    if records and not on_trial:
        return []
    times = records[0][0] + 1 if records else 1
    stored = rows(
        "INSERT INTO number_hold (phone_number_id, error, until, times) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (phone_number_id) DO UPDATE SET error = excluded.error, until = excluded.until,"
        " times = excluded.times WHERE number_hold.times < excluded.times RETURNING times",
        (phone_number_id, json(error_view(problem)), now() + timedelta(seconds=wait_s(times)), times),
    )
    return standings.touch(phone_number_id) if stored else []


def begin_trial(phone_number_id: str, most_s: float) -> bool:
    """Whether this sender may try one message of a held number; nobody else may for so many seconds."""
    begun = rows(
        "UPDATE number_hold SET until = now() + make_interval(secs => %s) WHERE phone_number_id = %s"
        " AND until <= now() RETURNING times",
        (most_s, phone_number_id),
    )
    return bool(begun)


def lift(phone_number_id: str) -> list[NumberUpdated]:
    """Let a number send again, whatever held it. Must run in a transaction."""
    return _lift(phone_number_id, "true")


def lift_for_token(phone_number_id: str) -> list[NumberUpdated]:
    """Let a number send again that another token may have mended: held for its token, or because Meta knows no such
    number for it. Must run in a transaction."""
    return _lift(phone_number_id, _MENDABLE)


_MENDABLE = "error->>'class' = 'auth' OR error->>'class' = 'account' AND error->>'code' IN ('33', '100')"


def _lift(phone_number_id: str, which: str) -> list[NumberUpdated]:
    lifted: list[Any] = rows(
        f"DELETE FROM number_hold WHERE phone_number_id = %s AND ({which}) RETURNING phone_number_id",
        (phone_number_id,),
    )
    return standings.touch(phone_number_id) if lifted else []
