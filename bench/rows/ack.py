"""Rows 1 and 1b: taking a webhook, durably, without anything behind it running.

CPU is that of the web process alone, gunicorn's master and worker. Requests are signed with the real
secret, each with a message of its own, over kept connections, straight to gunicorn.
"""

from __future__ import annotations

from pathlib import Path

from bench.house import House, house
from bench.load import webhooks
from bench.load.http import post
from bench.measures import cpu
from bench.measures.pairs import Run, in_turn
from bench.measures.report import AT_LEAST, AT_MOST, Row, Target
from bench.options import Options
from queues.inbox import DUE, STREAM

_COUNT = 6000
_CONNECTIONS = 16
_WARM_UP = 300


def run(options: Options) -> list[Row]:
    count = options.count or _COUNT
    with house(["web"]) as home:
        requests = webhooks.write(home.directory / "requests", webhooks.make(count))
        ports = {"web": home.port, "empty": home.add_web("empty"), "usual": home.add_web("usual")}
        runs = {name: _runner(home, name, port, requests, count) for name, port in ports.items()}
        for port in ports.values():
            post(port, requests, min(count, _WARM_UP), _CONNECTIONS)
        bare = in_turn(options.pairs, "ack / empty route", runs["web"], runs["empty"])
        usual = in_turn(options.pairs, "ack / delay", runs["web"], runs["usual"])
    return [
        bare.row("cpu", "ack CPU / empty route", "us/webhook", Target(AT_MOST, 1.6)),
        usual.row("rate", "ack rate / verify + delay", "webhooks/s", Target(AT_LEAST, 2.0)),
        usual.row("cpu", "ack CPU / verify + delay", "us/webhook"),
    ]


def _runner(home: House, name: str, port: int, requests: Path, count: int) -> Run:
    check = _check_inbox if name == "web" else _check_nothing

    def one() -> dict[str, float]:
        home.redis.delete(STREAM, DUE, "inbox", "reference")
        before = cpu.seconds(home.pid(name))
        load = post(port, requests, count, _CONNECTIONS)
        used = cpu.seconds(home.pid(name)) - before
        check(home, load.acked)
        return {"cpu": used / load.acked * 1e6, "rate": load.acked / load.seconds}

    return one


def _check_inbox(home: House, acked: int) -> None:
    stored = int(home.redis.xlen(STREAM))
    if stored < acked:
        raise RuntimeError(f"{acked} webhooks were answered 200 and {stored} stored")


def _check_nothing(home: House, acked: int) -> None:
    """The empty route stores nothing, and Celery's list is its own affair."""
