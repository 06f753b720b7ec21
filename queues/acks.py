"""What became of this process' last deliveries: a server may answer every question, and take no delivery."""

from __future__ import annotations

import math
import time

# One may be a hiccup; and where none came since, it is not known any more.
_IN_A_ROW = 2
_COUNTS_S = 5.0


class Acks:
    """Deliveries that could not be stored since the last that was. Threads may share it."""

    def __init__(self) -> None:
        self._failures = 0
        self._error: Exception | None = None
        self.failed_at = -math.inf

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """One could not be stored, for this reason."""
        self._error = error
        self._failures += 1
        self.failed_at = time.monotonic()

    def trouble(self) -> Exception | None:
        """Why the last two or more could not be stored, if that was just now."""
        fresh = time.monotonic() - self.failed_at < _COUNTS_S
        return self._error if fresh and self._failures >= _IN_A_ROW else None
