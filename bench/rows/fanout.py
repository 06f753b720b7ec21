"""Row 4: CPU a delivered frame, from an event published in Redis to the sockets of all who want it.

Each event is published when everybody has the one before, and after a rest as long as its delivery took: nothing
is gathered into larger writes, and neither the server nor the subscribers' process is ever at its limit. CPU is that
of the processes that hold the sockets; what an event costs in Redis is in nobody's figure.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from bench import servers
from bench.file_limit import room_for
from bench.house import House, house
from bench.installing import Missing
from bench.load.crowd import Crowd, crowd
from bench.load.events import numbered
from bench.measures.pairs import Run, in_turn, say
from bench.measures.report import AT_MOST, Row, Target
from bench.options import Options
from bench.servers import Server, Start

_SUBSCRIBERS = (100, 1000)
_FRAMES = 100_000
WARM_UP = 20
# Half is what the rests leave; more means that the figures are of a process that could not keep up.
_SATURATED = 0.75


class Reference(NamedTuple):
    """``share``: of our frames, for one that takes long for each."""

    name: str
    start: Start
    target: Target | None = None
    share: float = 1.0


_REFERENCES = (
    Reference("nchan", servers.nchan, Target(AT_MOST, 1.5)),
    Reference("Node ws", servers.node_ws),
    Reference("Socket.IO", servers.socketio, Target(AT_MOST, 0.8)),
    Reference("Channels", servers.channels, Target(AT_MOST, 0.1), share=0.1),
)


def run(options: Options) -> list[Row]:
    room_for(max(_SUBSCRIBERS))
    frames = options.count or _FRAMES
    with house(["web"]) as home, servers.ours(home) as ours:
        return [
            row for reference in _REFERENCES for row in against(home, ours, reference, options.pairs, frames)
        ]


def against(home: House, ours: Server, reference: Reference, pairs: int, frames: int) -> Iterator[Row]:
    """A row for each size of the crowd; none, and a loud line, where the reference cannot be had."""
    try:
        with reference.start(home) as theirs:
            for size in _SUBSCRIBERS:
                yield _row(ours, theirs, reference, size, pairs, frames)
    except Missing as missing:
        say(f"!! LEFT OUT: the rows of {reference.name}: {missing}")


def _row(ours: Server, theirs: Server, reference: Reference, size: int, pairs: int, frames: int) -> Row:
    name = f"frame CPU / {reference.name}, {size:,}"
    with delivery(ours, size) as mine, delivery(theirs, size) as other:
        events = max(1, frames // size)
        fewer = max(1, int(events * reference.share))
        figures = in_turn(pairs, name, mine.runner(events), other.runner(fewer))
        mine.end()
        other.end()
    return figures.row("cpu", name, "us/frame", reference.target)


class Delivery:
    """A crowd at a server, and the events of its conversation."""

    def __init__(self, server: Server, subscribers: Crowd, conversation: str, size: int) -> None:
        self._server = server
        self._crowd = subscribers
        self._conversation = conversation
        self._size = size
        self._number = 0

    def runner(self, events: int) -> Run:
        def one() -> dict[str, float]:
            began, used, read = time.monotonic(), self._server.cpu_seconds, self._crowd.cpu_seconds
            for _ in range(events):
                self.deliver()
            seconds = time.monotonic() - began
            used = self._server.cpu_seconds - used
            busy = (self._crowd.cpu_seconds - read) / seconds
            if busy > _SATURATED:
                raise RuntimeError(f"the subscribers' process was busy for {busy:.0%} of the time")
            return {"cpu": used / (events * self._size) * 1e6, "subscribers_busy": busy}

        return one

    def deliver(self) -> None:
        """Publish an event, wait until everybody has it, and rest for as long."""
        began = time.monotonic()
        self._number += 1
        self._server.publish(self._conversation, numbered(self._conversation, self._number))
        self._crowd.wait_for(self._number)
        time.sleep(time.monotonic() - began)

    def end(self) -> None:
        """Raises RuntimeError where more or fewer frames came than there were."""
        came, due = self._crowd.leave().frames, self._number * self._size
        if came != due:
            raise RuntimeError(f"{came} frames came of {due}")


@contextlib.contextmanager
def delivery(server: Server, size: int) -> Iterator[Delivery]:
    """A crowd of that size at the server, in a conversation of its own, warmed up."""
    conversation = str(uuid.uuid4())
    with crowd(server.plan(conversation, size)) as subscribers:
        begun = Delivery(server, subscribers, conversation, size)
        for _ in range(WARM_UP):
            begun.deliver()
        yield begun
