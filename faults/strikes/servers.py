"""Redis and Postgres killed, frozen, full, emptied, stopped: what was acknowledged is there when they are back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import requests

from engines.ports import LOOPBACK, free_port
from faults.expect import eventually, expect
from faults.scene import Scene
from faults.strikes.cable import pulled

MEDIAN_ACK_S = 0.25
_ACKS_PER_S = 20
# More than the web process has threads.
_IMPATIENT = 24
_KEPT = (b"parley:inbox",)
# What was acknowledged and waits for the drain is nowhere else: a moment without any is chosen, in the same step.
_EMPTY = "if redis.call('XLEN', 'parley:inbox') > 0 then return 0 end redis.call('FLUSHALL') return 1"


def redis_killed(scene: Scene) -> None:
    for _ in range(int(scene.extent)):
        scene.go_on()
        scene.valkey.kill()
        scene.customers.await_refusal()
        scene.valkey.start()


def redis_frozen(scene: Scene) -> None:
    """Given up in time, and taken up again."""
    scene.valkey.freeze()
    scene.customers.await_refusal(5)
    _expect_ready(scene, 503, "down")
    scene.last()
    scene.valkey.thaw()


def redis_unreachable(scene: Scene) -> None:
    """Its packets are dropped for longer than a keepalive takes to end the connections of whoever is idle."""
    with pulled(scene.valkey.port):
        scene.customers.await_refusal()
        _expect_ready(scene, 503, "down")
        scene.last()


def redis_read_only(scene: Scene) -> None:
    """As after a failover: it answers everything, and takes no write. Then it is the primary again."""
    scene.house.redis.replicaof(LOOPBACK, free_port())
    try:
        scene.customers.await_refusal()
        _expect_ready(scene, 503, "down")
        scene.last()
    finally:
        scene.house.redis.replicaof("NO", "ONE")


def redis_out_of_memory(scene: Scene) -> None:
    """A limit below what it holds: every write is refused, and nothing is thrown out for it."""
    scene.house.redis.config_set("maxmemory", "1mb")
    try:
        scene.customers.await_refusal()
        scene.last()
    finally:
        scene.house.redis.config_set("maxmemory", 0)


def redis_flushed_but_inbox(scene: Scene) -> None:
    """Sessions, history, wake-up calls and presence are gone: everything but the record."""
    store = scene.house.redis
    for _ in range(int(scene.extent)):
        scene.go_on()
        lost = [key for key in store.scan_iter(count=1000) if key not in _KEPT]
        store.unlink(*lost)


def redis_emptied(scene: Scene) -> None:
    """All of it, again and again: an open socket is told every event all the same, and fetches nothing anew."""
    fetched = scene.subscriber.fetches
    for _ in range(int(scene.extent)):
        scene.go_on()
        eventually(
            lambda: bool(scene.house.redis.eval(_EMPTY, 0)),
            what="a moment at which no delivery waits",
            every_s=0.002,
        )
    scene.go_on()
    anew = scene.subscriber.fetches - fetched
    expect(anew == 0, f"the subscriber had to fetch anew {anew} times")


def postgres_stopped(scene: Scene) -> None:
    with _acks_go_on(scene, scene.extent):
        scene.postgres.stop()
        scene.last()
        _expect_ready(scene, 200, "degraded")
        answer = scene.house.request("GET", "/conversations")
        expect(answer.status_code == 503, f"without Postgres REST answered {answer.status_code}")
    scene.postgres.start()


def postgres_restarted(scene: Scene) -> None:
    """An orderly restart, then a crash: connections die under whoever holds them."""
    with _acks_go_on(scene, 0.0):
        scene.postgres.restart()
        scene.go_on()
        scene.postgres.kill()
        scene.postgres.start()


def postgres_frozen(scene: Scene) -> None:
    """It takes connections and answers nothing, and more people ask than the web process has threads."""
    with _acks_go_on(scene, scene.extent), ThreadPoolExecutor(_IMPATIENT) as people:
        scene.postgres.freeze()
        try:
            for _ in range(_IMPATIENT):
                people.submit(_look, scene)
            scene.last()
        finally:
            scene.postgres.thaw()


@contextlib.contextmanager
def _acks_go_on(scene: Scene, seconds: float) -> Iterator[None]:
    """Nothing in here, which lasts ``seconds`` at least, keeps Meta from its 200, or makes it slow."""
    customers = scene.customers
    first, refused = len(customers.latencies), customers.refused
    yield
    expect(customers.refused == refused, f"{customers.refused - refused} deliveries were refused")
    acked = len(customers.latencies) - first
    expect(acked > _ACKS_PER_S * seconds, f"only {acked} acks in {seconds:g} s")
    median = customers.median_s(first)
    expect(median < MEDIAN_ACK_S, f"the median ack took {median * 1000:.0f} ms")


def _look(scene: Scene) -> None:
    with contextlib.suppress(requests.RequestException):
        scene.house.request("GET", "/conversations")


def _expect_ready(scene: Scene, status: int, word: str) -> None:
    answer = scene.house.request("GET", "/readyz")
    seen = (answer.status_code, answer.json()["status"])
    expect(seen == (status, word), f"/readyz says {seen}, not {(status, word)}")
