"""Calm: nothing is left to do anywhere in the house, and everybody has been told."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import redis

from engines.waiting import wait_until
from faults.scene import Scene

_LEFT = {
    "events not published": "SELECT (SELECT count(*) FROM event_outbox) + (SELECT count(*) FROM pending_event)",
    "leases": "SELECT count(*) FROM message WHERE lease_until IS NOT NULL",
    "messages not sent": "SELECT count(*) FROM message WHERE status IN ('queued', 'sending')",
}
_DEAD = "SELECT body, error FROM dead_letter WHERE created_at >= %s AND replayed_at IS NULL"
_OPEN = (
    "SELECT count(*) FROM message WHERE id = ANY(%s::uuid[]) AND wamid IS NOT NULL"
    " AND status NOT IN ('read', 'failed')"
)


def await_calm(scene: Scene, seconds: float) -> bool:
    """Wait until nothing is left to do; False where something still is after ``seconds``."""
    # Meta comes back with what was refused sooner or later: now.
    scene.house.sandbox("POST", "deliveries")
    return wait_until(lambda: next(left(scene), None) is None, seconds, interval_s=0.1)


def left(scene: Scene) -> Iterator[str]:
    """What is left to do, a sentence each; engines that are away are left to do as well."""
    try:
        yield from _in_redis(scene)
        yield from _in_postgres(scene)
        yield from _at_meta(scene)
        yield from _to_tell(scene)
    except (redis.RedisError, psycopg2.Error, OSError) as error:
        yield f"{type(error).__name__}: {error}"


def _in_redis(scene: Scene) -> Iterator[str]:
    store = scene.house.redis
    if waiting := store.xlen("parley:inbox"):
        yield f"{waiting} deliveries in the inbox"
    elif pending := _pending(store):
        yield f"{pending} deliveries held by a drain"
    if tried := store.hlen("parley:inbox:attempts"):
        yield f"{tried} deliveries with attempts counted"


def _pending(store: redis.Redis) -> int:
    try:
        return int(store.xpending("parley:inbox", "persist")["pending"])
    except redis.ResponseError:  # no such group: nothing was ever taken
        return 0


def _in_postgres(scene: Scene) -> Iterator[str]:
    for what, query in _LEFT.items():
        if count := scene.house.ask(query)[0][0]:
            yield f"{count} {what}"
    letters = scene.house.ask(_DEAD, scene.began)
    unexplained = [error for body, error in letters if bytes(body or b"") not in scene.explained]
    if unexplained:
        yield f"{len(unexplained)} dead letters nobody expected, the first because of {unexplained[0]}"


def _at_meta(scene: Scene) -> Iterator[str]:
    counts = scene.house.sandbox("GET", "healthz")["deliveries"]
    if coming := counts["waiting"] + counts["retrying"]:
        yield f"{coming} deliveries of Meta not taken"
    if scene.muted:
        return
    if untold := scene.house.ask(_OPEN, [message.key for message in scene.asked()])[0][0]:
        yield f"{untold} messages whose last status is still to come"


def _to_tell(scene: Scene) -> Iterator[str]:
    subscriber = scene.subscriber
    missing = {message.key for message in scene.customers.ledger.read()} - subscriber.wamids
    if missing:
        yield f"{len(missing)} messages nobody told the subscriber of"
    keys = [message.key for message in scene.asked()]
    rows = dict(scene.house.ask("SELECT id::text, status FROM message WHERE id = ANY(%s::uuid[])", keys))
    behind = [key for key, status in rows.items() if subscriber.status_of(key) != status]
    if behind:
        yield f"{len(behind)} statuses nobody told the subscriber of"
