"""Facts that come in any order, each told with its time: the newest telling of each wins.

Beside the facts a row keeps a mark for each: when it was told, and of which news. Marks are compared as text,
so that of two tellings of one second the same one wins in whatever order they arrive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ground.digest import digest

_SOONEST = ""


def mark(changes: Mapping[str, Any], at: datetime) -> str:
    """The mark of this news."""
    body = msgspec.json.encode(changes, order="sorted")
    return f"{at.astimezone(UTC).isoformat(timespec='microseconds')} {digest(body)[:12]}"


def fold(facts: dict[str, Any], marks: dict[str, str], changes: Mapping[str, Any], at: datetime) -> bool:
    """Take over what ``changes`` tells newer than is known, in place; returns whether a fact changed by it."""
    stamp, changed = mark(changes, at), False
    for name, value in changes.items():
        if stamp > marks.get(name, _SOONEST):
            changed = changed or facts.get(name) != value
            facts[name], marks[name] = value, stamp
    return changed
