"""The vitals for whoever asks over HTTP: bounded in time and load, whatever state the engines are in."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import redis

from models.database import release
from models.workload import Workload
from tasks import vitals
from tasks.inbox import Inbox
from tasks.vitals import RedisVitals, Vitals

# Those who ask within it share one answer; and nobody waits longer for Postgres.
_FRESH_S = 1.0
_PATIENCE_S = 1.0


class Monitor:
    """Asks Redis at once and Postgres by a thread of its own, so that a frozen one holds nobody. Threads may
    share it; make it in the process that uses it."""

    def __init__(self, client: redis.Redis, inbox: Inbox) -> None:
        self._client = client
        self._inbox = inbox
        self._started_at = self._asked_at = time.monotonic()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="monitor")
        self._answer: Future[Workload] | None = None

    def look(self) -> Vitals:
        """How the house is; takes at most two seconds."""
        redis_state, told = self._redis()
        postgres_state, work = self._postgres()
        return Vitals(redis_state, postgres_state, told, work)

    def _redis(self) -> tuple[str, RedisVitals | None]:
        try:
            told = vitals.ask_redis(self._client, self._inbox)
        except redis.RedisError as error:
            return vitals.why(error), None
        # A sweep that is missing since before this process began is no news yet: the house may be starting.
        up_s = time.monotonic() - self._started_at
        return vitals.OK, told._replace(sweep_age_s=min(told.sweep_age_s, up_s))

    def _postgres(self) -> tuple[str, Workload | None]:
        answer = self._asked()
        try:
            return vitals.OK, answer.result(max(0.0, self._asked_at + _PATIENCE_S - time.monotonic()))
        except TimeoutError:
            return f"has not answered for {time.monotonic() - self._asked_at:.0f} s", None
        except Exception as error:  # whatever the reason, the answer is that it cannot be used
            return vitals.why(error), None

    def _asked(self) -> Future[Workload]:
        """The question that is under way, or was answered just now, or a new one."""
        with self._lock:
            moment = time.monotonic()
            old = self._answer is not None and self._answer.done() and moment - self._asked_at > _FRESH_S
            if self._answer is None or old:
                self._asked_at = moment
                self._answer = self._thread.submit(_ask_postgres)
            return self._answer


def _ask_postgres() -> Workload:
    try:
        return vitals.ask_postgres()
    finally:
        release()
