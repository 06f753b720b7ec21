"""The one order a message's status moves in, whatever order the news arrives in.

    queued < sending < unconfirmed < accepted < sent < failed < delivered < read < played < deleted

A status only rises. ``failed`` stands between sent and delivered: Meta tells it after ``sent``, and where
the phone did get the message, that is the truth. As this is a total order, any shuffle of the same news
ends in the same status. Only the sender moves a message back, from ``sending`` to ``queued``, and a person
who asks to send a failed or unconfirmed one again.
"""

from __future__ import annotations

from collections.abc import Iterable

from schema.statuses import (
    ACCEPTED,
    DELETED,
    DELIVERED,
    FAILED,
    PLAYED,
    QUEUED,
    READ,
    SENDING,
    SENT,
    UNCONFIRMED,
)

_ORDER = (QUEUED, SENDING, UNCONFIRMED, ACCEPTED, SENT, FAILED, DELIVERED, READ, PLAYED, DELETED)
_RANK = {status: rank for rank, status in enumerate(_ORDER)}

RETRYABLE = frozenset({FAILED, UNCONFIRMED})
"""What a person may ask to send again."""


def rises(current: str, news: str) -> bool:
    """Whether ``news`` moves a message that stands at ``current``. Late and repeated news does not."""
    return _RANK[news] > _RANK.get(current, len(_ORDER))


def lowest(statuses: Iterable[str]) -> str:
    """The one that all of these have reached. Raises ValueError where there are none."""
    return min(statuses, key=_RANK.__getitem__)
