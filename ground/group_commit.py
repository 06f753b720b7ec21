"""Group commit: threads that want the same thing at the same time share one round trip.

While one round trip is under way, whoever comes next waits and goes with the following one, all together; who
comes alone goes at once. With ``appendfsync always`` a round trip lasts as long as a write to the disk, so under
load most of its cost is shared, and where there is no load there is nothing to wait for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Seat(Generic[Item]):
    """One thread's place in a group: asleep until it has been carried, or is to carry the next group."""

    __slots__ = ("carried", "error", "item", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.carried = False
        self.error: BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()


class GroupCommit(Generic[Item, Result]):
    """``commit`` takes the items of a group, in the order they came, and does them all or raises."""

    def __init__(self, commit: Callable[[list[Item]], Result]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._waiting: list[_Seat[Item]] = []
        self._under_way = False

    @property
    def waiting(self) -> int:
        """How many wait for the round trip after the one that is under way."""
        return len(self._waiting)

    def join(self, item: Item) -> Result | None:
        """Have ``item`` committed; returns once it is. One thread of each group gets the commit's result, the
        others None. What the commit raised is raised in every thread of its group."""
        seat = _Seat(item)
        with self._lock:
            self._waiting.append(seat)
            carrying = not self._under_way
            self._under_way = True
        if not carrying:
            seat.woken.acquire()
            if seat.carried:
                if seat.error is not None:
                    raise seat.error
                return None
        return self._carry(seat)

    def _carry(self, own: _Seat[Item]) -> Result:
        with self._lock:
            group, self._waiting = self._waiting, []
        error: BaseException | None = None
        try:
            return self._commit([seat.item for seat in group])
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._wake(group, own, error)

    def _wake(self, group: list[_Seat[Item]], own: _Seat[Item], error: BaseException | None) -> None:
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._under_way = following is not None
        if following is not None:
            following.woken.release()
        for seat in group:
            if seat is not own:
                seat.carried, seat.error = True, error
                seat.woken.release()
