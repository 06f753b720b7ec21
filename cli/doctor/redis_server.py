"""Checks of Redis: that it answers, writes, keeps what it wrote, and never throws anything away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import redis

from cli.doctor.findings import Finding, fail, ok, warning
from cli.doctor.patient import Patient
from queues.inbox import Inbox
from realtime import trouble

OLDEST = 7
_UNSEEN = "so nobody can see whether a webhook is on disk before Meta is told that it is safe"
_ASK = "Ask whoever runs it for this, without which a crash loses webhooks that Meta does not send again"
_SLOW_S = 0.25
_FULL = 0.8


def check_redis(patient: Patient) -> Iterator[Finding]:
    """Reachable, new enough, writable."""
    name, client = "redis", patient.redis
    began = time.monotonic()
    try:
        info = _info(client, "server")
    except redis.RedisError as error:
        yield _fail(error)
        return
    took = time.monotonic() - began
    kind, version = _version(info)
    if info and int(str(info["redis_version"]).split(".")[0]) < OLDEST:
        yield fail(name, f"{kind} {version}", "Use Valkey, or Redis 7 or later.")
        return
    yield _refusal(patient) or _well(f"takes deliveries, answers in {took * 1000:.0f} ms", kind, version)
    if took > _SLOW_S:
        yield warning(
            name, f"an answer took {took * 1000:.0f} ms", "Put it nearer: each webhook waits for it."
        )


def check_durability(patient: Patient) -> Iterator[Finding]:
    """A 200 to Meta promises that the delivery is on disk; that takes an append-only file."""
    name, client = "redis persistence", patient.redis
    info = _info(client, "persistence")
    if "aof_enabled" not in info:
        yield warning(name, f"INFO is denied here, {_UNSEEN}", f"{_ASK}: appendonly yes, appendfsync always.")
    elif not info["aof_enabled"]:
        yield fail(
            name,
            "appendonly is no: a crash loses webhooks that Meta was told are safe",
            "Set appendonly yes and appendfsync always in its configuration, and restart it.",
        )
    elif info.get("aof_last_write_status", "ok") != "ok":
        yield fail(name, "its last write to the append-only file failed", "Make room on its disk.")
    else:
        yield _fsync(name, _setting(client, "appendfsync"))
    yield from _memory(patient)


def _fsync(name: str, value: str | None) -> Finding:
    mend = "Set appendfsync always."
    if value is None:
        return warning(
            name, f"append-only file on; CONFIG is denied here, {_UNSEEN}", f"{_ASK}: appendfsync always."
        )
    if value == "always":
        return ok(name, "appendonly yes, appendfsync always")
    if value == "everysec":
        return warning(name, "appendfsync everysec: a power cut may lose a second of webhooks", mend)
    return fail(name, f"appendfsync {value}: a power cut may lose webhooks Meta was told are safe", mend)


def _memory(patient: Patient) -> Iterator[Finding]:
    name = "redis memory"
    info = _info(patient.redis, "memory")
    policy, most, used = (
        info.get("maxmemory_policy"),
        int(info.get("maxmemory", 0)),
        info.get("used_memory", 0),
    )
    if policy is None:
        yield warning(
            name,
            "whether it evicts cannot be seen here: one that does throws webhooks away under pressure",
            f"{_ASK}: maxmemory-policy noeviction.",
        )
    elif policy != "noeviction":
        yield fail(
            name,
            f"maxmemory-policy is {policy}: under pressure it throws webhooks away",
            "Set maxmemory-policy noeviction.",
        )
    elif most and used > most * _FULL:
        yield warning(
            name, f"{used * 100 // most} % of maxmemory is used", "Raise maxmemory, or look at the backlog."
        )
    else:
        yield ok(name, f"noeviction, {used / 2**20:.0f} MiB used")


def _version(info: dict[str, Any]) -> tuple[str, str]:
    if not info:
        return "", ""
    if "valkey_version" in info:
        return "Valkey", str(info["valkey_version"])
    return "Redis", str(info["redis_version"])


def _info(client: redis.Redis, section: str) -> dict[str, Any]:
    """A section of INFO; empty where the user of REDIS_URL may not ask. Raises redis.RedisError."""
    try:
        fields: dict[str, Any] = client.info(section)
    except redis.exceptions.NoPermissionError:
        return {}
    return fields


def _well(text: str, kind: str, version: str) -> Finding:
    if version:
        return ok("redis", f"{kind} {version}, {text}")
    return warning(
        "redis", f"{text}; INFO is denied here, so its version cannot be seen", f"{_ASK}: Valkey, or Redis 7."
    )


def _refusal(patient: Patient) -> Finding | None:
    """What keeps it from storing a delivery, tried with a write to the same keys."""
    try:
        Inbox(patient.redis, patient.settings.inbox.max_entries).probe()
    except redis.RedisError as error:
        return _fail(error)
    return None


def _fail(error: redis.RedisError) -> Finding:
    problem = trouble.of_redis(error)
    return fail("redis", f"it {problem.text}", problem.mend)


def _setting(client: redis.Redis, name: str) -> str | None:
    """A configuration value; None where a managed server does not show it."""
    try:
        values: dict[str | None, str | None] = client.config_get(name)
    except redis.RedisError:
        return None
    return values.get(name)
