"""``python -m bench.drainprocess ours|reference``: drain the inbox once, and print the seconds it took as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from bench.references import drain as reference
from models import database
from realtime.bus import Bus
from realtime.connection import connect
from settings import Settings
from tasks.inbound import Drain
from tasks.inbox import Inbox


def _ours(settings: Settings) -> Callable[[], None]:
    database.bind(settings.database_url, settings.database_pool_size)
    client = connect(settings.redis_url)
    drain = Drain(Inbox(client, settings.inbox_max_entries), Bus(client, settings.event_history), settings)

    def work() -> None:
        while drain.run():
            pass

    return work


def main(which: str) -> None:
    settings = Settings.from_env()
    work = _ours(settings) if which == "ours" else reference.drain(settings)
    began, used = time.monotonic(), time.process_time()
    work()
    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - used
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main(sys.argv[1])
