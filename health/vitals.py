"""How the whole house is, as Redis and Postgres tell it: for ``/readyz``, ``/metrics`` and ``parley doctor``."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg2.errors
import redis

from ground.trouble import Trouble
from health.strange_codes import StrangeCodes
from models import workload
from models.database import is_read_only
from models.workload import Workload
from queues.app import INBOX, MEDIA, OUTBOUND, SWEEPS
from queues.burying import Stopped
from queues.inbox import Backlog, Inbox
from realtime import trouble
from realtime.bus import stands
from schema.events import FIRST_POSITION

# Written by every sweep; its age, which is this less its time to live, shows that beat calls and a worker comes.
SWEPT, SWEPT_LIFE_S = "parley:sweep:last", 86_400

OK = "ok"
QUEUES = (INBOX, OUTBOUND, MEDIA, SWEEPS)


class RedisVitals(NamedTuple):
    """``calls`` are the Celery calls nobody has taken yet, by queue; ``codes`` those of Meta's errors that came often
    and are in no table here, and how often; ``position`` is the last of the log that was published;
    ``stopped`` says since when the drain buries nothing more, and waits, where it does."""

    inbox: Backlog
    sweep_age_s: float
    calls: dict[str, int]
    codes: dict[int, int]
    position: int = 0
    stopped: Stopped | None = None


class Vitals(NamedTuple):
    """``redis`` and ``postgres`` are "ok" or say why not; what they could not tell is None. ``troubles`` are sentences
    about what answers, and does not do what it is there for."""

    redis: str
    postgres: str
    redis_vitals: RedisVitals | None
    workload: Workload | None
    troubles: tuple[Trouble, ...] = ()


def events_pending(redis_vitals: RedisVitals | None, work: Workload) -> int:
    """How many events are committed and not published; of an unknown Redis, how many have no position yet."""
    published = max(redis_vitals.position, FIRST_POSITION - 1) if redis_vitals else work.position
    return work.events + max(0, work.position - published)


def ask_redis(client: redis.Redis, inbox: Inbox) -> RedisVitals:
    """Raises redis.RedisError."""
    with client.pipeline(transaction=False) as pipe:
        pipe.pttl(SWEPT)
        for queue in QUEUES:
            pipe.llen(queue)
        left_ms, *lengths = pipe.execute()
    calls = dict(zip(QUEUES, lengths, strict=True))
    frequent = StrangeCodes(client).frequent()
    return RedisVitals(
        inbox.backlog(), _age_s(left_ms), calls, frequent, stands(client), inbox.burying.stopped()
    )


def sweep_age_s(client: redis.Redis) -> float:
    """Seconds since the last sweep began, by Redis' own clock; the longest there is where none did."""
    left_ms: Any = client.pttl(SWEPT)
    return _age_s(left_ms)


def _age_s(left_ms: int) -> float:
    return SWEPT_LIFE_S - max(0, left_ms) / 1000


def ask_postgres() -> tuple[Workload, bool]:
    """What waits there, and whether it takes writes. Raises what models.database.rows raises."""
    return workload.measure(), not is_read_only()


def why(error: BaseException) -> str:
    """What to say of an engine that could not be asked; nothing that an address or a password could stand in."""
    cause = error.__cause__ or error
    if isinstance(error, redis.RedisError):
        return trouble.of_redis(error).text
    if isinstance(cause, psycopg2.errors.UndefinedTable | psycopg2.errors.UndefinedColumn):
        return "has not the tables of this version: run parley migrate"
    return f"cannot be used: {type(error).__name__}"
