"""The vitals for whoever asks over HTTP: bounded in time and load, whatever state the engines are in.

Each engine is asked for what it is there for. A Redis that answers and takes no delivery, a Postgres that takes no
writes and a disk without room are no good, however well they answer.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import redis

from ground.trouble import Trouble
from health import vitals
from health.question import Question
from health.vitals import RedisVitals, Vitals
from models.database import release
from models.workload import Workload
from queues.inbox import Inbox
from realtime import trouble
from storage import room

# Those who ask within it share one answer; and nobody waits longer for Postgres.
_FRESH_S = 1.0
_PATIENCE_S = 1.0
# A disk fills up slowly, and trying costs a write.
_DISK_FRESH_S = 10.0
_READ_ONLY = Trouble(
    "Postgres is read-only: a standby, or default_transaction_read_only is on",
    "Point DATABASE_URL at the primary, or promote this one; webhooks are taken, and wait.",
)


class Monitor:
    """Asks Redis at once, Postgres and the disk by threads of their own, so that a frozen one holds nobody. Threads
    may share it; make it in the process that uses it. ``directory`` is where files are written."""

    def __init__(self, client: redis.Redis, inbox: Inbox, directory: Path) -> None:
        self._client = client
        self._inbox = inbox
        self._started_at = time.monotonic()
        self._database = Question("monitor", _ask_postgres, _FRESH_S, _PATIENCE_S)
        self._disk = Question("disk", lambda: _try_disk(directory), _DISK_FRESH_S, _PATIENCE_S)
        self._writing = threading.Lock()
        self._written_at = float("-inf")
        self._refusal: Trouble | None = None

    def look(self) -> Vitals:
        """How the house is; takes at most four seconds."""
        redis_state, redis_vitals, refusal = self._redis()
        postgres_state, work, read_only = self._postgres()
        troubles = (problem for problem in (refusal, read_only, self._disk_trouble()) if problem)
        return Vitals(redis_state, postgres_state, redis_vitals, work, tuple(troubles))

    def _redis(self) -> tuple[str, RedisVitals | None, Trouble | None]:
        try:
            redis_vitals = vitals.ask_redis(self._client, self._inbox)
        except redis.RedisError as error:
            return vitals.why(error), None, None
        # A sweep that is missing since before this process began is no news yet: the house may be starting.
        up_s = time.monotonic() - self._started_at
        redis_vitals = redis_vitals._replace(sweep_age_s=min(redis_vitals.sweep_age_s, up_s))
        refusal = self._refuses() or self._refused()
        if refusal is None:
            return vitals.OK, redis_vitals, None
        sentence = f"Redis {refusal.text}: webhooks get 503"
        return refusal.text, redis_vitals, refusal._replace(text=sentence)

    def _refuses(self) -> Trouble | None:
        """Why a delivery could not be stored, as a write told just now; asked anew after one that was not."""
        with self._writing:
            stale = time.monotonic() - self._written_at > _FRESH_S
            if stale or self._inbox.acks.failed_at > self._written_at:
                self._written_at = time.monotonic()
                self._refusal = self._try_inbox()
            return self._refusal

    def _try_inbox(self) -> Trouble | None:
        try:
            self._inbox.probe()
        except redis.RedisError as error:
            return trouble.of_redis(error)
        return None

    def _refused(self) -> Trouble | None:
        """Why the last deliveries were not stored, where a write says that they could be."""
        error = self._inbox.acks.trouble()
        return trouble.of_redis(error) if error is not None else None

    def _postgres(self) -> tuple[str, Workload | None, Trouble | None]:
        try:
            work, writable = self._database.answer()
        except TimeoutError:
            return f"has not answered for {self._database.age_s:.0f} s", None, None
        except Exception as error:  # whatever the reason, the answer is that it cannot be used
            return vitals.why(error), None, None
        if writable:
            return vitals.OK, work, None
        return "is read-only", work, _READ_ONLY

    def _disk_trouble(self) -> Trouble | None:
        try:
            return self._disk.answer()
        except TimeoutError:
            return Trouble(f"The media store has not answered for {self._disk.age_s:.0f} s", "See its disk.")


def _ask_postgres() -> tuple[Workload, bool]:
    try:
        return vitals.ask_postgres()
    finally:
        release()


def _try_disk(directory: Path) -> Trouble | None:
    try:
        room.try_writing(directory)
    except OSError as error:
        problem = room.trouble_of(error)
        return problem._replace(text=f"The media store ({directory}) {problem.text}")
    return None
