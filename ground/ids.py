"""Ids: UUID version 7 (RFC 9562), so that ids sort by the time they are of.

The time is the house's (ground/clock.py), never the host's. Ids of one process for the present rise strictly.
"""

from __future__ import annotations

import os
import re
import threading
from datetime import UTC, datetime, timedelta

from ground import clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TICKS = 4096  # in a millisecond: 12 bits of its fraction (RFC 9562, 6.2 method 3)
_MINTED_BITS, _CHANCE_BITS = 50, 12

_lock = threading.Lock()
_last = 0


def new_id(at: datetime | None = None) -> str:
    """A UUIDv7 as text, of the time ``at``, or of the present. Rises strictly, whatever the times asked for are.

    48 bits of milliseconds, 12 bits of the fraction of the millisecond, 62 random.
    """
    return _text(_rising(at or clock.now()), int.from_bytes(os.urandom(8)) >> 2)


def past_id(at: datetime, minted_at: datetime) -> str:
    """An id of a time that is over: among those of the same time ids sort by when they were minted.

    Meta tells seconds only, and after an outage many messages of one second come. The 62 bits behind the time are 50
    of the moment of minting, which come round again after 8 years, and 12 random.
    """
    minted = _rising(minted_at) % (1 << _MINTED_BITS)
    chance = int.from_bytes(os.urandom(2)) >> 4
    return _text(_ticks(at), minted << _CHANCE_BITS | chance)


def first_id(at: datetime) -> str:
    """No id of the time ``at``, or of a later one, sorts before this."""
    return _text(_ticks(at), 0)


def id_behind(other: str) -> str:
    """An id that sorts right behind ``other``."""
    value = int(other.replace("-", ""), 16)
    return _text((value >> 80 << 12 | value >> 64 & 0xFFF) + 1, int.from_bytes(os.urandom(8)) >> 2)


def _ticks(at: datetime) -> int:
    """Of a time, in 4096ths of a millisecond since 1970."""
    milliseconds, rest = divmod(at - _EPOCH, _MILLISECOND)
    return milliseconds * _TICKS + rest * _TICKS // _MILLISECOND


def _rising(at: datetime) -> int:
    global _last
    with _lock:
        _last = max(_ticks(at), _last + 1)
        return _last


def _text(ticks: int, rest: int) -> str:
    value = (ticks >> 12) << 80 | 0x7000 << 64 | (ticks & 0xFFF) << 64 | 0b10 << 62 | rest
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of our ids: a UUID in lower case with hyphens."""
    return _FORM.fullmatch(text) is not None
