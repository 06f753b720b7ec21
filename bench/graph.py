"""The stand-in for Meta, in a process of its own (bench/graph_process.py), and what its figures say."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import msgspec

from bench.load.companion import Companion, companion
from bench.measures import cpu
from engines.ports import LOOPBACK

ANSWER_S = 0.15
"""How long it takes for each answer: what Meta takes on a good day."""
_START_S = 30.0


class Came(msgspec.Struct, frozen=True):
    """When each message came, on the monotonic clock, and how many different ones they were, by our ids."""

    moments: list[float]
    different: int


class Graph:
    """The stand-in, as the benchmark sees it."""

    def __init__(self, beside: Companion) -> None:
        self._beside = beside
        self.url = f"http://{LOOPBACK}:{int(beside.hear(_START_S))}"

    @property
    def cpu_seconds(self) -> float:
        return cpu.seconds(self._beside.pid)

    def expect(self, count: int, timeout_s: float) -> Came:
        """What came until it had answered so many. Raises RuntimeError where a message came twice."""
        self._beside.tell(str(count).encode())
        came = msgspec.json.decode(self._beside.hear(timeout_s), type=Came)
        if not count == came.different == len(came.moments):
            raise RuntimeError(f"{len(came.moments)} calls came for {came.different} messages of {count}")
        return came


@contextlib.contextmanager
def graph() -> Iterator[Graph]:
    with companion([sys.executable, "-m", "bench.graph_process"], os.environ) as beside:
        yield Graph(beside)


def steady_rate(moments: Sequence[float], together: int) -> float:
    """Messages a second, without the first tenth of them, in which connections are opened and the pace is found.

    Measured over whole lots of ``together``, as many as may come in one second: they may come at its beginning.
    """
    first = len(moments) // 10
    count = len(moments) - 1 - first
    count = count // together * together or count
    return count / (moments[first + count] - moments[first])


def busiest_second(moments: Sequence[float]) -> int:
    """Most messages that came within any one second."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
