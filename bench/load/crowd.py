"""Many subscribers of one server, in a process of their own (bench/load/crowd_process.py), and how they enter."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import msgspec

from bench.load.companion import Companion, companion
from bench.measures import cpu

_READY_S = 180.0
_HEAR_S = 60.0
_LEAVE_S = 60.0


class Visit(msgspec.Struct, frozen=True):
    """One subscriber: the path asked for, and the headers on top of what every upgrade has."""

    path: str
    headers: dict[str, str] = {}


class Turn(msgspec.Struct, frozen=True):
    """A step of what is said before a subscriber is subscribed: once a frame holds ``on``, ``say`` is sent.

    ``on`` None is at once, "" is any frame; an empty ``say`` is not sent.
    """

    on: str | None
    say: str = ""


class Plan(msgspec.Struct, frozen=True):
    """All subscribers: who they are, the turns each takes at first, what is answered at any time to which frame."""

    port: int
    visits: list[Visit]
    turns: list[Turn]
    answers: dict[str, str] = {}


class Left(msgspec.Struct, frozen=True):
    """What a crowd says last: events' frames that came, and all other frames (greetings, presence)."""

    frames: int
    others: int


class Crowd:
    """The subscribers, as the benchmark sees them. Any of them that fails ends their process."""

    def __init__(self, beside: Companion, size: int) -> None:
        self._beside = beside
        self._size = size

    @property
    def cpu_seconds(self) -> float:
        return cpu.seconds(self._beside.pid)

    def take(self, turns: Sequence[Turn]) -> None:
        """Have each of them take these turns too, now that everybody is in."""
        self._beside.tell(msgspec.json.encode(turns))
        self.all_ready()

    def all_ready(self) -> None:
        """Until everybody has taken their turns."""
        ready = int(self._beside.hear(_READY_S))
        if ready != self._size:
            raise RuntimeError(f"{ready} of {self._size} subscribers are ready")

    def wait_for(self, number: int) -> None:
        """Until every one of them has got event ``number`` and, once each and in order, all before it."""
        heard = int(self._beside.hear(_HEAR_S))
        if heard != number:
            raise RuntimeError(f"everybody has event {heard}, and only {number} was published")

    def leave(self) -> Left:
        """Hang up; what came in all. Raises RuntimeError where a server had hung up on one of them."""
        self._beside.no_more()
        return msgspec.json.decode(self._beside.hear(_LEAVE_S), type=Left)


@contextlib.contextmanager
def crowd(plan: Plan) -> Iterator[Crowd]:
    """Everybody in the plan, connected and subscribed."""
    with companion([sys.executable, "-m", "bench.load.crowd_process"], os.environ) as beside:
        beside.tell(msgspec.json.encode(plan))
        subscribers = Crowd(beside, len(plan.visits))
        subscribers.all_ready()
        yield subscribers
