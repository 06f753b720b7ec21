"""Ids: UUID version 7 (RFC 9562), so that ids sort by the time they were made, within a process strictly."""

from __future__ import annotations

import os
import re
import threading
import time

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A UUIDv7 as text. Ids made by one process rise strictly, whatever its clock does.

    48 bits of milliseconds, 12 bits of the fraction of the millisecond (RFC 9562, 6.2 method 3), 62 random.
    """
    global _last
    with _lock:
        nanoseconds = time.time_ns()
        ticks = (nanoseconds // 1_000_000) << 12 | (nanoseconds % 1_000_000) * 4096 // 1_000_000
        _last = ticks = max(ticks, _last + 1)
    value = (ticks >> 12) << 80 | 0x7000 << 64 | (ticks & 0xFFF) << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of our ids: a UUID in lower case with hyphens."""
    return _FORM.fullmatch(text) is not None
