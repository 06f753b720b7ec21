"""Who drains a shard of the inbox: a row with a holder, a fence and a time, by Postgres' clock alone.

The holder renews the row every ``BEAT_S``, and renews and checks it in the last statement before each COMMIT of the
drain: who has lost it commits nothing. It lapses after ``LEASE_S``. While it works it has a transaction open in which
it holds a shared advisory lock of the transaction, not of the session, so a pooler may stand in between; that lock
names its backends to whoever takes over and ends them, and its absence shows at once that a holder was killed.
"""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from typing import NamedTuple

import peewee
import psycopg2
import structlog

from ground.clock import now
from ground.fence import Fence, Fenced
from models.database import Table, TimeField, rows

LEASE_S, BEAT_S = 6.0, 2.0
IDLE_S = 5.0
"""A transaction of the drain that is left open this long is ended by Postgres, where nobody may end its backend."""
LATE_S = 2 * BEAT_S
"""A holder that has not renewed for this long hangs, or is cut off."""
# Before its first beat, and between two, a holder is not seen for a moment.
_UNSEEN_S, _LOOK_AGAIN_S = 0.5, 0.1
_ENDING_MS = 2000
# The lock that a drain held for its session before there were leases: the two versions exclude each other.
_LOCK = 7106212

_log = structlog.get_logger(__name__)


class DrainLease(Table):
    """A row a shard, made by its first holder; ``held`` is false where that one gave it up."""

    shard = peewee.IntegerField(primary_key=True)
    fence = peewee.BigIntegerField()
    held = peewee.BooleanField()
    host = peewee.TextField()
    pid = peewee.IntegerField()
    since = TimeField(default=now)
    beat = TimeField(default=now)
    until = TimeField(default=now)

    class Meta:
        table_name = "drain_lease"


class Standing(NamedTuple):
    """How a lease stands: ``host`` and ``pid`` are the holder's or the last one's, ``beat_s`` the age of its last
    renewal in seconds, ``lapsed`` whether its time is over, ``seen`` whether it has a transaction open."""

    shard: int
    fence: int
    is_held: bool
    host: str
    pid: int
    since: datetime
    beat_s: float
    lapsed: bool
    seen: bool

    @property
    def late(self) -> bool:
        """Whether it is held by somebody who does not renew it any more."""
        return self.is_held and self.beat_s > LATE_S

    @property
    def _vanished(self) -> bool:
        return self.is_held and not self.seen and self.beat_s > _UNSEEN_S


_BACKENDS = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
AND classid = %(shard)s AND objid = %(lock)s AND objsubid = 1
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_STANDING = f"""
SELECT shard, fence, held, host, pid, since, extract(epoch FROM clock_timestamp() - beat)::float8,
       until <= clock_timestamp(), EXISTS ({_BACKENDS})
FROM drain_lease WHERE shard = %(shard)s
"""
_STANDINGS = """
SELECT shard, fence, held, host, pid, since, extract(epoch FROM clock_timestamp() - beat)::float8,
       until <= clock_timestamp(), false
FROM drain_lease ORDER BY shard
"""
_END = f"SELECT pg_terminate_backend(b.pid, %(ending)s) FROM ({_BACKENDS}) b WHERE b.pid <> pg_backend_pid()"
# The fence is the time, or one more than the last: it rises too where a crash or a backup took the last ones back.
# Where the row is held it is not touched, or who hangs in the middle of a renewal would be waited for.
_CLAIM = """
INSERT INTO drain_lease AS l (shard, fence, held, host, pid, since, beat, until)
SELECT %(shard)s, extract(epoch FROM t) * 1000, true, %(host)s, %(pid)s, t, t, t + make_interval(secs => %(lease)s)
FROM clock_timestamp() AS t, set_config('synchronous_commit', 'off', true)
WHERE NOT EXISTS (SELECT FROM drain_lease WHERE shard = %(shard)s AND held AND fence <> %(replaced)s)
ON CONFLICT (shard) DO UPDATE SET fence = greatest(l.fence + 1, excluded.fence), held = true, host = excluded.host,
    pid = excluded.pid, since = excluded.since, beat = excluded.beat, until = excluded.until
WHERE NOT l.held OR l.fence = %(replaced)s
RETURNING fence
"""
_MARK = """
SELECT pg_try_advisory_xact_lock_shared(%s), set_config('idle_in_transaction_session_timeout', %s, true),
       CASE WHEN %s THEN set_config('synchronous_commit', 'off', true) END
FROM drain_lease WHERE shard = %s AND fence = %s AND held
"""
_RENEW = """
UPDATE drain_lease SET beat = t, until = t + make_interval(secs => %s) FROM clock_timestamp() AS t
WHERE shard = %s AND fence = %s AND held RETURNING fence
"""
_GIVE_UP = """
UPDATE drain_lease SET held = false, beat = t, until = t FROM clock_timestamp() AS t WHERE shard = %s AND fence = %s
"""


def standing(shard: int) -> Standing | None:
    """How the lease of this shard stands; None where nobody ever held it."""
    records = rows(_STANDING, {"shard": shard, "lock": _LOCK})
    return Standing(*records[0]) if records else None


def standings() -> tuple[Standing, ...]:
    """How every shard's lease stands, as an operator sees it: without a look for their transactions."""
    return tuple(Standing(*row) for row in rows(_STANDINGS))


def take(shard: int) -> Fence | None:
    """Take the lease for this process; None where somebody holds it. Waits for nobody who works.

    A holder that is late, or has vanished, is replaced: its backends are ended, so that its locks are free.
    """
    return _claim(shard) or _take_over(shard)


def _claim(shard: int, replaced: int = 0) -> Fence | None:
    """Take it where nobody holds it, or who has this fence does."""
    values = {"shard": shard, "host": socket.gethostname(), "pid": os.getpid(), "replaced": replaced}
    claimed = rows(_CLAIM, values | {"lease": LEASE_S})
    return Fence(shard, claimed[0][0]) if claimed else None


def _take_over(shard: int) -> Fence | None:
    before = standing(shard)
    if before is None or not before.is_held or not (before.lapsed or _has_vanished(before)):
        return None
    _log.warning("drain_taken_over", shard=shard, host=before.host, pid=before.pid, silent_s=before.beat_s)
    end_backends(shard)
    return _claim(shard, before.fence)


def mark(fence: Fence, *, relaxed: bool = False) -> None:
    """Show in this transaction whose it is; ``relaxed`` ones do not wait for the disk. Raises Fenced."""
    idle = str(int(IDLE_S * 1000))
    marked = rows(_MARK, (_lock(fence.shard), idle, relaxed, fence.shard, fence.number))
    if not marked or not marked[0][0]:
        raise Fenced("another holds the drain now")


def renew(fence: Fence) -> None:
    """Hold it for ``LEASE_S`` more; nobody can take it before this transaction has ended. Raises Fenced."""
    if not rows(_RENEW, (LEASE_S, fence.shard, fence.number)):
        raise Fenced("another holds the drain now")


def give_up(fence: Fence) -> None:
    """Let the next one have it at once, where it is ours still."""
    rows(_GIVE_UP, (fence.shard, fence.number))


def _has_vanished(before: Standing) -> bool:
    """Whether a holder whose time is not over has gone: looked at twice, because between two beats none is seen."""
    if not before._vanished:
        return False
    time.sleep(_LOOK_AGAIN_S)
    again = standing(before.shard)
    return again is not None and again._vanished and again.fence == before.fence


def end_backends(shard: int) -> None:
    """End what Postgres still does for this shard's holder, where our role may."""
    try:
        rows(_END, {"shard": shard, "lock": _LOCK, "ending": _ENDING_MS})
    except peewee.ProgrammingError as error:
        if not isinstance(error.__cause__, psycopg2.errors.InsufficientPrivilege):
            raise
        # Another role's: Postgres ends them by itself after IDLE_S.
        _log.warning("drain_backends_not_ended", shard=shard)


def _lock(shard: int) -> int:
    return (shard << 32) | _LOCK
