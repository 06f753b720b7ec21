"""Row 3: from the POST of a webhook to the frame at a subscriber's socket: after silence, one at a time, under load.

Both ways publish on the same bus and the same gateway relays both. Under load requests are due at fixed
times, and a latency counts from when its request was due.
"""

from __future__ import annotations

import random
import socket
import statistics
import time

from bench.house import House
from bench.load import webhooks
from bench.load.http import post
from bench.load.subscriber import Subscriber, subscribed
from bench.load.webhooks import Webhook
from bench.measures.pairs import Run, in_turn, say
from bench.measures.report import AT_MOST, Row, Target
from bench.options import Options
from engines.ports import LOOPBACK

_SAMPLES = 300
_PAUSE_S = (0.005, 0.02)
# Long enough for whatever waits for more work to have gone to rest.
_SILENT_SAMPLES = 8
_SILENCE_S = (1.5, 2.0)
_LOADED_S = 8.0
_CONNECTIONS = 64
_LONGEST_S = 120.0


def rows(home: House, usual: int, rate: float, options: Options) -> list[Row]:
    """``usual`` is the port of the usual way's web process, ``rate`` what it sustains, in webhooks/s."""
    gateway = home.add_gateway()
    many = min(_SAMPLES, options.count or _SAMPLES)
    # Each costs seconds of silence: a run with fewer samples has fewer of these too.
    rare = max(2, _SILENT_SAMPLES * many // _SAMPLES)
    loaded = min(int(rate * _LOADED_S), options.count or int(rate * _LOADED_S))
    with subscribed(home.redis, gateway) as agent:
        silent = in_turn(
            options.pairs,
            "after silence",
            _alone(home.port, agent, rare, _SILENCE_S),
            _alone(usual, agent, rare, _SILENCE_S),
        )
        single = in_turn(
            options.pairs,
            "one at a time",
            _alone(home.port, agent, many, _PAUSE_S),
            _alone(usual, agent, many, _PAUSE_S),
        )
        say(f"loaded: {rate:.0f} webhooks/s")
        full = in_turn(
            options.pairs,
            "loaded",
            _loaded(home, home.port, agent, loaded, rate),
            _loaded(home, usual, agent, loaded, rate),
        )
    return [
        silent.row("p50", "idle latency p50 / usual way", "ms", Target(AT_MOST, 1.1)),
        single.row("p50", "one at a time p50 / usual way", "ms", Target(AT_MOST, 1.1)),
        single.row("p99", "one at a time p99 / usual way", "ms"),
        full.row("p50", "latency p50 at the usual way's rate", "ms"),
        full.row("p99", "latency p99 at the usual way's rate", "ms", Target(AT_MOST, 0.1)),
    ]


def _alone(port: int, agent: Subscriber, samples: int, pause_s: tuple[float, float]) -> Run:
    """One webhook at a time, each after a pause and after the event of the one before it."""

    def one() -> dict[str, float]:
        with socket.create_connection((LOOPBACK, port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _spread(
                [_sample(connection, agent, webhook, pause_s) for webhook in webhooks.make(samples)]
            )

    return one


def _sample(
    connection: socket.socket, agent: Subscriber, webhook: Webhook, pause_s: tuple[float, float]
) -> float:
    time.sleep(random.uniform(*pause_s))
    began = time.monotonic()
    connection.sendall(webhook.request)
    answer = connection.recv(65536)
    if b" 200 " not in answer.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"not answered 200: {answer[:200]!r}")
    return agent.wait_for([webhook.wamid], _LONGEST_S)[0] - began


def _loaded(home: House, port: int, agent: Subscriber, count: int, rate: float) -> Run:
    def one() -> dict[str, float]:
        made = webhooks.make(count)
        requests = webhooks.write(home.directory / "requests", made)
        load = post(port, requests, count, _CONNECTIONS, rate)
        arrived = agent.wait_for([webhook.wamid for webhook in made], _LONGEST_S)
        return _spread([at - (load.began + number / rate) for number, at in enumerate(arrived)])

    return one


def _spread(seconds: list[float]) -> dict[str, float]:
    points = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50": points[49] * 1e3, "p99": points[98] * 1e3}
