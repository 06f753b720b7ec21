"""Promises held against what happens: a broken one is raised with a sentence that says which."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

# Long enough, on a machine that is busy too, that only what never comes is missed.
WAIT_S = 30.0


class NotKept(AssertionError):
    """A promise was not kept; the text says which, and what was seen instead."""


def expect(holds: object, sentence: str) -> None:
    """Raises NotKept with ``sentence`` where ``holds`` is not true."""
    if not holds:
        raise NotKept(sentence)


def eventually(
    holds: Callable[[], Any], seconds: float = WAIT_S, what: str = "", *, every_s: float = 0.01
) -> Any:
    """Ask until the answer is true, and return it; raises NotKept with what it was last where it never is."""
    end = time.monotonic() + seconds
    while not (result := holds()):
        expect(time.monotonic() < end, f"not within {seconds} s: {what or holds} (last: {result!r})")
        time.sleep(every_s)
    return result
