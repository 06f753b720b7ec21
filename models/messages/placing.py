"""Where a message of Meta's stands in its thread: its id, for a thread is read in the order of ids.

An id is of the time the message came, by the house's clock. Where it came more than a minute after it was written, as
after an outage (Meta repeats for seven days), it is of the time Meta says it was written: a night's messages stand
where they belong, and not all at the time the house came back. Two rules keep that from turning an order round:
a message stands behind those of its thread that were written before it, or in the same second and came before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ground.ids import first_id, id_behind, new_id, past_id
from models.conversations import joining
from models.database import bulk

LATE = timedelta(minutes=1)
# Older than this Meta repeats nothing: such a time is wrong, and would hide the message where nobody looks.
_OLDEST = timedelta(days=8)


class Written(NamedTuple):
    """A message that has no id yet: the conversation it belongs to, and when Meta says it was written."""

    conversation_id: str
    at: datetime | None


class _Stored(NamedTuple):
    at: datetime
    id: str


def place(messages: Sequence[Written], moment: datetime) -> list[str]:
    """An id for each, of messages that came at ``moment`` in this order. Must run in a transaction."""
    late = [message for message in messages if _is_late(message, moment)]
    if not late:
        return [new_id(moment) for _ in messages]
    floors = _floors(late)
    ids = []
    for message in messages:
        ids.append(key := _id(message, moment, floors.get(message.conversation_id, [])))
        if message.at is not None:
            floors.setdefault(message.conversation_id, []).append(_Stored(message.at, key))
    return ids


def _is_late(message: Written, moment: datetime) -> bool:
    return message.at is not None and LATE < moment - message.at < _OLDEST


def _id(message: Written, moment: datetime, before: Iterable[_Stored]) -> str:
    if not _is_late(message, moment):
        return new_id(moment)
    assert message.at is not None
    key = past_id(message.at, moment)
    floor = max((stored.id for stored in before if stored.at <= message.at), default=key)
    return key if key >= floor else id_behind(floor)


# Of the part of the thread behind the time of the late one: before it, nothing is in the way.
_FLOORS = f"""
SELECT w.conversation_id, m.sent_at, m.id FROM (VALUES %s) AS w (conversation_id, at, first)
CROSS JOIN LATERAL ({joining.parts("w.conversation_id")}) AS part CROSS JOIN LATERAL (
    SELECT sent_at, id FROM message m
    WHERE m.conversation_id = part.id AND m.id >= w.first AND m.sent_at <= w.at
    ORDER BY m.id DESC LIMIT 1) m
"""


def _floors(late: Iterable[Written]) -> dict[str, list[_Stored]]:
    """The last message in each thread of those written before the late ones, or in the same second."""
    floors: dict[str, list[_Stored]] = {}
    wanted = {
        (message.conversation_id, message.at, first_id(message.at))
        for message in late
        if message.at is not None
    }
    for conversation_id, at, key in bulk(_FLOORS, sorted(wanted), "(%s::uuid, %s::timestamptz, %s::uuid)"):
        floors.setdefault(conversation_id, []).append(_Stored(at, key))
    return floors
