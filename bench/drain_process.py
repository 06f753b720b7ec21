"""``python -m bench.drain_process ours|reference``: drain the inbox once, and print what it took as JSON.

The clock stops when the last delivery is let go, however long a drain stays to see whether more comes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

from actions.announcing import Announcer
from bench.references import drain as reference
from health.strange_codes import StrangeCodes
from models import database
from queues.inbox import Entry, Inbox
from realtime.bus import Bus
from realtime.connection import connect
from settings import Settings
from tasks.drain import Drain

Moment = tuple[float, float]


class _Watched(Inbox):
    """An inbox that notes when the last of its deliveries was let go."""

    last: Moment = (0.0, 0.0)

    def done(self, entries: Sequence[Entry], *, stored: bool = True) -> None:
        super().done(entries, stored=stored)
        self.last = _now()


def _now() -> Moment:
    return time.monotonic(), time.process_time()


def _ours(settings: Settings) -> Callable[[], Moment]:
    database.bind(settings.database.url, settings.database.pool_size)
    client = connect(settings.redis.url)
    inbox = _Watched(client, settings.inbox.max_entries)
    announcer = Announcer(Bus(client, settings.retention.events))
    drain = Drain(inbox, announcer, StrangeCodes(client), settings)

    def work() -> Moment:
        while drain.run():
            pass
        return inbox.last

    return work


def _reference(settings: Settings) -> Callable[[], Moment]:
    drain = reference.drain(settings)

    def work() -> Moment:
        drain()
        return _now()

    return work


def main(which: str) -> None:
    work = {"ours": _ours, "reference": _reference}[which](Settings.from_env())
    began = _now()
    ended = work()
    print(json.dumps({"seconds": ended[0] - began[0], "cpu_seconds": ended[1] - began[1]}))


if __name__ == "__main__":
    main(sys.argv[1])
