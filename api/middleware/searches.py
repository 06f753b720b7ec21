"""Places for searches of their own, fewer than a process has: however many people search, the lists go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import ApiError
from models.database import TooSlow, statement_limit

LIMIT_S = 2.0
# A search that is refused at once would be one too many for a team of five.
_PATIENCE_S = 1.0


class Searches:
    """At most ``at_once`` searches of this process, and as many that wait for one of them to end."""

    def __init__(self, at_once: int) -> None:
        self._searching = threading.Semaphore(at_once)
        self._here = threading.Semaphore(2 * at_once)

    @contextmanager
    def turn(self, text: str) -> Iterator[None]:
        """A transaction for the search of ``text``, each of its statements limited to LIMIT_S.

        Raises ApiError ``search_busy`` where there is no place, ``search_too_slow`` where it takes too long.
        """
        with _place(self._here, 0), _place(self._searching, _PATIENCE_S):
            try:
                with statement_limit(LIMIT_S):
                    yield
            except TooSlow:
                raise _too_slow(text) from None


def searches(threads: int) -> int:
    """How many of so many threads may search at once."""
    return max(1, threads // 8)


@contextmanager
def _place(places: threading.Semaphore, patience_s: float) -> Iterator[None]:
    if not places.acquire(timeout=patience_s):
        raise ApiError(
            "search_busy",
            "As many people are searching as may at once. Nothing is wrong with your search: try it again in a second.",
            headers={"Retry-After": "1"},
        )
    try:
        yield
    finally:
        places.release()


def _too_slow(text: str) -> ApiError:
    return ApiError(
        "search_too_slow",
        f"The search for {text[:60]!r} took longer than {LIMIT_S:g} s and was ended. Search for more of the word, or "
        "for a name or a number, or leave q out and page through the list.",
    )
