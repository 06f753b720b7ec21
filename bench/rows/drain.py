"""Row 2b: the drain alone, in one process, from a full inbox stream to an empty one.

Each run is a process of its own (bench/drain_process.py), which takes its own time, without its start.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys

import msgspec
import psycopg2
import redis

from bench.house import House, house
from bench.load import webhooks
from bench.measures.pairs import Run, in_turn
from bench.measures.report import AT_LEAST, Row, Target
from bench.measures.tables import count_messages, empty
from bench.options import Options
from engines.formation import ROOT
from queues.inbox import DUE, STREAM

_COUNT = 10_000
_LONGEST_S = 120
_OURS, _REFERENCE = "ours", "reference"


def run(options: Options) -> list[Row]:
    with house(["web"]) as home:
        return rows(home, options)


def rows(home: House, options: Options) -> list[Row]:
    """The house's worker must not run."""
    count = options.count or _COUNT
    bodies = [webhook.body for webhook in webhooks.make(count)]
    pairs = in_turn(options.pairs, "drain", _runner(home, _OURS, bodies), _runner(home, _REFERENCE, bodies))
    return [
        pairs.row("rate", "drain rate / execute_values", "webhooks/s", Target(AT_LEAST, 0.5)),
        pairs.row("cpu", "drain CPU / execute_values", "us/webhook"),
    ]


def _runner(home: House, which: str, bodies: list[bytes]) -> Run:
    def one() -> dict[str, float]:
        with contextlib.closing(psycopg2.connect(home.setting("DATABASE_URL"))) as connection:
            empty(connection, home.redis)
            _fill(home.redis, bodies)
            figures = _drain(home, which)
            if (stored := count_messages(connection)) != len(bodies):
                raise RuntimeError(f"{which} stored {stored} of {len(bodies)} messages")
        return {
            "rate": len(bodies) / figures["seconds"],
            "cpu": figures["cpu_seconds"] / len(bodies) * 1e6,
        }

    return one


def _fill(client: redis.Redis, bodies: list[bytes]) -> None:
    client.delete(STREAM, DUE)
    with client.pipeline(transaction=False) as pipe:
        for number, body in enumerate(bodies):
            pipe.xadd(STREAM, {"b": body})
            if number % 1000 == 999:
                pipe.execute()
        pipe.execute()


def _drain(home: House, which: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.drain_process", which],
        cwd=ROOT,
        env=home.formation.env,
        capture_output=True,
        text=True,
        timeout=_LONGEST_S,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the drain of {which} failed:\n{done.stdout}{done.stderr}")
    return msgspec.json.decode(done.stdout.rstrip().rpartition("\n")[2], type=dict[str, float])
