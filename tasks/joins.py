"""Moves the messages of long conversations that become one, between all else that Postgres has to do."""

from __future__ import annotations

import threading
import time

from models.conversations import joining

# Then a sweep and whoever stops the worker have their turn.
_RUN_S = 5.0


def run(stopping: threading.Event) -> bool:
    """Step by step, each followed by a rest as long as itself; returns whether there is more to do."""
    began = time.monotonic()
    ends = began + _RUN_S
    while joining.step():
        if stopping.wait(time.monotonic() - began) or time.monotonic() > ends:
            return True
        began = time.monotonic()
    return False
