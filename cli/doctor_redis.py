"""Checks of Redis: that it answers, writes, keeps what it wrote, and never throws anything away."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import redis

from cli.doctor_findings import Finding, fail, ok, warning
from cli.doctor_patient import Patient

OLDEST = 7
_SLOW_S = 0.25
_FULL = 0.8


def check_redis(patient: Patient) -> Iterator[Finding]:
    """Reachable, new enough, writable."""
    name, client = "redis", patient.redis
    began = time.monotonic()
    try:
        info: dict[str, Any] = client.info("server")
    except redis.AuthenticationError:
        yield fail(name, "it refuses the password", "Put the right one into REDIS_URL.")
        return
    except redis.RedisError as error:
        why = type(error).__name__
        yield fail(name, f"it cannot be reached ({why})", "Start it, or mend REDIS_URL; webhooks get 503.")
        return
    took = time.monotonic() - began
    kind, version = _version(info)
    if int(str(info["redis_version"]).split(".")[0]) < OLDEST:
        yield fail(name, f"{kind} {version}", "Use Valkey, or Redis 7 or later.")
        return
    yield _writable(client) or ok(name, f"{kind} {version}, writable, answers in {took * 1000:.0f} ms")
    if took > _SLOW_S:
        yield warning(
            name, f"an answer took {took * 1000:.0f} ms", "Put it nearer: each webhook waits for it."
        )


def check_durability(patient: Patient) -> Iterator[Finding]:
    """A 200 to Meta promises that the delivery is on disk; that takes an append-only file."""
    name, client = "redis persistence", patient.redis
    info: dict[str, Any] = client.info("persistence")
    if not info.get("aof_enabled"):
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
        return warning(name, "append-only file on; appendfsync cannot be read here", "See that it is always.")
    if value == "always":
        return ok(name, "appendonly yes, appendfsync always")
    if value == "everysec":
        return warning(name, "appendfsync everysec: a power cut may lose a second of webhooks", mend)
    return fail(name, f"appendfsync {value}: a power cut may lose webhooks Meta was told are safe", mend)


def _memory(patient: Patient) -> Iterator[Finding]:
    name = "redis memory"
    info: dict[str, Any] = patient.redis.info("memory")
    policy, most, used = info.get("maxmemory_policy"), int(info["maxmemory"]), int(info["used_memory"])
    if policy != "noeviction":
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
    if "valkey_version" in info:
        return "Valkey", str(info["valkey_version"])
    return "Redis", str(info["redis_version"])


def _writable(client: redis.Redis) -> Finding | None:
    key = f"parley:doctor:{secrets.token_hex(8)}"
    try:
        client.set(key, "1", ex=10)
        client.delete(key)
    except redis.RedisError as error:
        why = str(error).split("\n")[0][:120]
        return fail(
            "redis", f"it takes no writes: {why}", "Connect to the primary, and see its disk and memory."
        )
    return None


def _setting(client: redis.Redis, name: str) -> str | None:
    """A configuration value; None where a managed server does not show it."""
    try:
        found: dict[str | None, str | None] = client.config_get(name)
    except redis.RedisError:
        return None
    return found.get(name)
