"""A row of the fault table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from faults.scene import Scene

Strike = Callable[[Scene], None]

SENT = frozenset({"read"})
"""Where nothing keeps Meta from taking a message, it takes it, and tells of it until it is read."""
OR_UNCONFIRMED = SENT | {"unconfirmed"}
"""Where a call to Meta may be cut short: it is not repeated, a person is asked."""
OR_FAILED = SENT | {"failed"}
PICKED_UP_S = 10.0
"""Whatever comes back is done with what was left behind within this."""


@dataclass(frozen=True)
class Row:
    """One fault, and what must hold.

    ``strike(scene)`` is the fault from its beginning to its end, while both journeys are under load; it raises
    NotKept where a promise is broken meanwhile. ``short`` and ``long`` are ``scene.extent`` in tests and by hand:
    seconds, or how many, as the row needs. ``ends`` are the statuses in which our messages may rest, ``within_s``
    the seconds from the fault's end to calm, ``within_long_s`` those of the long form where they are more. A
    ``quiet`` row begins without load and starts it itself (``scene.begin``). ``in_chaos``: may strike at any time
    among others. ``impossible`` says why the row cannot be played on this machine, "" where it can. ``crowd`` is how
    many people the agents write to.
    """

    name: str
    what: str
    must: str
    strike: Strike
    short: float = 1
    long: float = 1
    ends: frozenset[str] = SENT
    within_s: float = PICKED_UP_S
    within_long_s: float | None = None
    quiet: bool = False
    in_chaos: bool = False
    impossible: Callable[[], str] = str
    crowd: int = 24

    def extent(self, long: bool) -> float:
        """Of the short form or the long one."""
        return self.long if long else self.short
