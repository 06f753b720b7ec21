"""Meta's two speed limits: messages a second from a number, and messages to one person."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from sandbox.graph.errors import GraphError

PAIR_SECONDS, PAIR_BURST = 6.0, 45
MAX_PAIRS = 100_000


class Pacing:
    """Raises the throttling errors Meta would; each limit can be switched off. Thread-safe."""

    def __init__(
        self, per_second: int = 80, pair: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_second = per_second
        self.pair = pair
        self._clock = clock
        self._lock = Lock()
        self._last_second: deque[float] = deque()
        self._pairs: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, recipient: str) -> None:
        """Count one message to ``recipient``; raises GraphError 130429 or 131056, and then counts none."""
        with self._lock:
            now = self._clock()
            while self._last_second and self._last_second[0] <= now - 1.0:
                self._last_second.popleft()
            if self.per_second and len(self._last_second) >= self.per_second:
                raise GraphError(130429, "Message failed to send because there were too many messages sent.")
            if self.pair:
                self._take_pair(recipient, now)
            self._last_second.append(now)

    def reset(self) -> None:
        """Forget what was counted; the limits stay."""
        with self._lock:
            self._last_second.clear()
            self._pairs.clear()

    def _take_pair(self, recipient: str, now: float) -> None:
        left, since = self._pairs.get(recipient, (float(PAIR_BURST), now))
        left = min(PAIR_BURST, left + (now - since) / PAIR_SECONDS)
        if left < 1:
            raise GraphError(131056, "Too many messages sent from this phone number to the same person.")
        self._pairs[recipient] = (left - 1, now)
        self._pairs.move_to_end(recipient)
        while len(self._pairs) > MAX_PAIRS:
            self._pairs.popitem(last=False)
