"""The fault table: Redis, Postgres and their disks."""

from __future__ import annotations

from faults import disks, servers
from faults.row import OR_UNCONFIRMED, Row

ROWS: tuple[Row, ...] = (
    Row(
        "redis-killed",
        "kill -9 of Redis, several times under load",
        "acks are 503 or durable; all come back without a restart",
        servers.redis_killed,
        short=2,
        long=5,
        in_chaos=True,
    ),
    Row(
        "redis-frozen",
        "SIGSTOP of Redis",
        "acks are 503 in time; all come back without a restart",
        servers.redis_frozen,
        short=1,
        long=10,
        in_chaos=True,
    ),
    Row(
        "redis-out-of-memory",
        "Redis refuses every write",
        "acks are 503; nothing is evicted",
        servers.redis_out_of_memory,
        short=1,
        long=10,
        in_chaos=True,
    ),
    Row(
        "redis-flushed-but-inbox",
        "everything in Redis but the inbox deleted",
        "clients fetch anew; nothing else is lost",
        servers.redis_flushed_but_inbox,
        short=2,
        long=5,
        in_chaos=True,
    ),
    Row(
        "postgres-stopped",
        "Postgres away",
        "acks go on, median < 250 ms; the backlog drains",
        servers.postgres_stopped,
        short=3,
        long=60,
        ends=OR_UNCONFIRMED,
        within_s=30,
        in_chaos=True,
    ),
    Row(
        "postgres-restarted",
        "Postgres restarted, then killed and started",
        "acks go on; the backlog drains",
        servers.postgres_restarted,
        ends=OR_UNCONFIRMED,
        within_s=20,
        in_chaos=True,
    ),
    Row(
        "postgres-frozen",
        "SIGSTOP of Postgres, and 24 people who ask for their inbox",
        "acks go on, median < 250 ms",
        servers.postgres_frozen,
        short=3,
        long=20,
        ends=OR_UNCONFIRMED,
        within_s=20,
    ),
    Row(
        "disk-full-postgres",
        "no room for Postgres",
        "acks go on, sends are 503 and no false 202",
        disks.postgres_full,
        long=10,
        ends=OR_UNCONFIRMED,
        within_s=30,
        impossible=disks.cannot_mount,
    ),
    Row(
        "disk-full-redis",
        "no room for Redis",
        "acks are 503 and no false 200",
        disks.redis_full,
        long=10,
        within_s=20,
        impossible=disks.cannot_mount,
    ),
)
