"""Things to be done later, on one thread."""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections.abc import Callable
from threading import Condition, Thread

logger = logging.getLogger(__name__)


class Schedule:
    """Calls functions after a delay. They must be quick: they all share one thread."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = Condition()
        self._closed = False
        self._acting = False
        self._thread: Thread | None = None

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Call ``action`` once, ``seconds`` from now."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), action))
            self._changed.notify()

    def pending(self) -> int:
        """How many actions have not been called to their end."""
        with self._changed:
            return len(self._due) + self._acting

    def start(self) -> None:
        """Begin calling what is due."""
        self._thread = Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def clear(self) -> None:
        """Forget what has not been called yet."""
        with self._changed:
            self._due.clear()

    def close(self) -> None:
        """Stop; what is still due is not called."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:
                logger.exception("a scheduled action failed")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            self._acting = False
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._acting = True
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
