"""Rows 2, 2b and 3: from a signed webhook over HTTP to a committed row and a published event."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psycopg2

from bench.house import House, house
from bench.load import webhooks
from bench.load.http import post
from bench.measures import cpu
from bench.measures.history import published
from bench.measures.pairs import Run, in_turn
from bench.measures.report import AT_LEAST, Row, Target
from bench.measures.tables import count_messages, empty
from bench.options import Options
from bench.rows import drain, latency
from engines.waiting import wait_until

_COUNT = 2000
_CONNECTIONS = 16
_LONGEST_S = 120.0


def run(options: Options) -> list[Row]:
    count = options.count or _COUNT
    with house(["web", "worker"]) as home:
        usual = home.add_web("usual")
        home.formation.add("usual-worker")
        requests = webhooks.write(home.directory / "requests", webhooks.make(count))
        ours = _runner(home, home.port, ("web", "worker"), requests, count)
        theirs = _runner(home, usual, ("usual", "usual-worker"), requests, count)
        warm_up(home, usual)
        pairs = in_turn(options.pairs, "pipeline", ours, theirs)
        rows = [
            pairs.row("rate", "pipeline rate / usual way", "webhooks/s", Target(AT_LEAST, 6.0)),
            pairs.row("cpu", "pipeline CPU / usual way", "us/webhook"),
        ]
        rows += latency.rows(home, usual, rows[0].reference, options)
        home.formation.process("worker").stop()
        home.formation.process("usual-worker").stop()
        return rows + drain.rows(home, options)


def warm_up(home: House, usual: int) -> None:
    """Connections opened, customers' first messages behind us."""
    for port, pids in ((home.port, ("web", "worker")), (usual, ("usual", "usual-worker"))):
        requests = webhooks.write(home.directory / "warm-up", webhooks.make(webhooks.CUSTOMERS))
        _runner(home, port, pids, requests, webhooks.CUSTOMERS)()


def _runner(home: House, port: int, processes: tuple[str, ...], requests: Path, count: int) -> Run:
    def one() -> dict[str, float]:
        with contextlib.closing(psycopg2.connect(home.setting("DATABASE_URL"))) as connection:
            empty(connection, home.redis)
            already = published(home.redis)
            before = _used(home, processes)
            load = post(port, requests, count, _CONNECTIONS)
            if not wait_until(lambda: published(home.redis) >= already + count, _LONGEST_S, interval_s=0.005):
                missing = already + count - published(home.redis)
                raise RuntimeError(f"{missing} of {count} events were not published in {_LONGEST_S:.0f} s")
            seconds = time.monotonic() - load.began
            used = _used(home, processes) - before
            if (stored := count_messages(connection)) != count:
                raise RuntimeError(f"{count} webhooks were acknowledged and {stored} messages are stored")
        return {"rate": count / seconds, "cpu": used / count * 1e6, "acks": count / load.seconds}

    return one


def _used(home: House, processes: tuple[str, ...]) -> float:
    return sum(cpu.seconds(home.pid(name)) for name in processes)
