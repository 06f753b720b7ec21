"""Row 6: messages from committed rows to Meta and back to committed rows and published events, through one sender.

Meta is a stand-in that takes 150 ms for each answer (bench/graph_process.py). Each message goes to a customer of its
own; all of them wait in Postgres when a run begins, so the number's rate alone holds them back. CPU is that of the
sender process alone, from the wake-up call to the last event.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator

import celery
import psycopg2

from bench.graph import Came, Graph, busiest_second, graph, steady_rate
from bench.house import House, house
from bench.load import outgoing
from bench.load.companion import companion
from bench.load.webhooks import NUMBER
from bench.measures import cpu
from bench.measures.history import published
from bench.measures.pairs import Pairs, Run, in_turn
from bench.measures.report import AT_LEAST, AT_MOST, Row, Target
from bench.measures.tables import empty
from bench.options import Options
from engines.waiting import wait_until
from queues.app import DELIVER, OUTBOUND

_SECONDS = 12.0
_THREADS, _MANY = 64, 256
# Meta's limit of a number, several numbers together, and the limit of one that Meta has upgraded.
_DEFAULT, _SEVERAL, _UPGRADED = 80.0, 300.0, 1000.0
_AT_MOST_COUNT = 3000
_WARM_UP_RATE = 200.0
_LONGEST_S = 300.0
_SATURATED = 0.75


def run(options: Options) -> list[Row]:
    with house(["web"]) as home, graph() as meta:
        return [*_at_rates(home, meta, options), *_at_most(home, meta, options)]


def _at_rates(home: House, meta: Graph, options: Options) -> Iterator[Row]:
    """Both at the same pace."""
    with _sender(home, meta, _THREADS):
        for rate, least in ((_DEFAULT, Target(AT_LEAST, 0.95)), (_SEVERAL, None)):
            count = options.count or int(rate * _SECONDS)
            mine, theirs = _ours(home, meta, count, rate), _reference(home, meta, count, rate, _THREADS)
            pairs = in_turn(options.pairs, f"send {rate:.0f}/s", mine, theirs)
            asked = Pairs(pairs.ours, [{"rate": rate, "busiest": rate}] * len(pairs.ours))
            yield asked.row("rate", f"send rate / {rate:.0f}/s asked", "messages/s", least)
            yield asked.row("busiest", f"send, busiest second / {rate:.0f}", "messages")
            yield pairs.row("cpu", f"send CPU / requests, {rate:.0f}/s", "us/message", Target(AT_MOST, 2.5))


def _at_most(home: House, meta: Graph, options: Options) -> Iterator[Row]:
    """What one process reaches for a number that may send more than that, beside what the threads alone can do."""
    count = options.count or _AT_MOST_COUNT
    for threads in (_THREADS, _MANY):
        with _sender(home, meta, threads):
            mine = _ours(home, meta, count, _UPGRADED)
            theirs = _reference(home, meta, count, 0.0, threads)
            pairs = in_turn(options.pairs, f"send, {threads} at once", mine, theirs)
        yield pairs.row("rate", f"send rate / requests, {threads} at once", "messages/s")
        yield pairs.row("cpu", f"send CPU / requests, {threads} at once", "us/message")


@contextlib.contextmanager
def _sender(home: House, meta: Graph, threads: int) -> Iterator[None]:
    """A sender process that has sent before."""
    home.formation.add("sender", env={"WHATSAPP_GRAPH_URL": meta.url, "SEND_CONCURRENCY": str(threads)})
    _ours(home, meta, 2 * threads, _WARM_UP_RATE)()
    yield
    home.stop("sender")


def _ours(home: House, meta: Graph, count: int, rate: float) -> Run:
    def one() -> dict[str, float]:
        with contextlib.closing(psycopg2.connect(home.setting("DATABASE_URL"))) as connection:
            empty(connection, home.redis)
            outgoing.queue(connection, count, rate)
            already, pid = published(home.redis), home.pid("sender")
            before = cpu.seconds(pid)
            with celery.Celery(broker=home.formation.urls.redis) as caller:
                caller.send_task(DELIVER, queue=OUTBOUND, ignore_result=True)
            came = _came(meta, count)
            if not wait_until(lambda: published(home.redis) >= already + count, _LONGEST_S, interval_s=0.005):
                raise RuntimeError(
                    f"{already + count - published(home.redis)} of {count} events were not published"
                )
            used = cpu.seconds(pid) - before
            if (noted := outgoing.accepted(connection)) != count:
                raise RuntimeError(f"Meta took {count} messages and {noted} are noted as accepted")
        return _figures(came, used, rate)

    return one


def _reference(home: House, meta: Graph, count: int, rate: float, threads: int) -> Run:
    bodies = home.directory / "bodies"
    url = f"{meta.url}/v26.0/{NUMBER}/messages"
    command = [sys.executable, "-m", "bench.references.post", url, str(bodies), str(threads), str(rate)]

    def one() -> dict[str, float]:
        bodies.write_text(json.dumps(list(outgoing.bodies(threads + count))))
        with companion(command, os.environ) as program:
            program.hear(_LONGEST_S)
            meta.expect(threads, _LONGEST_S)
            before = cpu.seconds(program.pid)
            program.tell(b"go")
            came = _came(meta, count)
            program.hear(_LONGEST_S)
            used = cpu.seconds(program.pid) - before
        return _figures(came, used, rate or _UPGRADED)

    return one


def _came(meta: Graph, count: int) -> Came:
    """Raises RuntimeError where the stand-in was too busy to be one."""
    began, used = time.monotonic(), meta.cpu_seconds
    came = meta.expect(count, _LONGEST_S)
    busy = (meta.cpu_seconds - used) / (time.monotonic() - began)
    if busy > _SATURATED:
        raise RuntimeError(f"the stand-in for Meta was busy for {busy:.0%} of the time")
    return came


def _figures(came: Came, used: float, rate: float) -> dict[str, float]:
    return {
        "rate": steady_rate(came.moments, int(rate)),
        "busiest": busiest_second(came.moments),
        "cpu": used / len(came.moments) * 1e6,
    }
