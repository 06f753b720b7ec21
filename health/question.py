"""A question that may take long: asked by a thread of its own, and once for all who want to know at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Question(Generic[Answer]):
    """``ask`` is called by the thread. An answer serves everybody for ``fresh_s`` seconds, and nobody waits longer
    than ``patience_s`` since it was asked. Threads may share it; make it in the process that uses it."""

    def __init__(self, name: str, ask: Callable[[], Answer], fresh_s: float, patience_s: float) -> None:
        self._ask = ask
        self._fresh_s = fresh_s
        self._patience_s = patience_s
        self._asked_at = time.monotonic()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._answer: Future[Answer] | None = None

    @property
    def age_s(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self._asked_at

    def answer(self) -> Answer:
        """Raises TimeoutError where there is none yet, and what ``ask`` raised."""
        asked = self._asked()
        return asked.result(max(0.0, self._patience_s - self.age_s))

    def _asked(self) -> Future[Answer]:
        """The question that is under way, or was answered just now, or a new one."""
        with self._lock:
            old = self._answer is not None and self._answer.done() and self.age_s > self._fresh_s
            if self._answer is None or old:
                self._asked_at = time.monotonic()
                self._answer = self._thread.submit(self._ask)
            return self._answer
