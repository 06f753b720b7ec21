"""How far each of many subscribers is, and whether everybody got each event once and in order. Pure."""

from __future__ import annotations


class Tally:
    """Counts events by subscriber."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._last = [0] * size
        self._reached: dict[int, int] = {}
        self.frames = self.others = 0

    def got(self, subscriber: int, number: int) -> bool:
        """Note an event; whether everybody has it now. Raises ValueError for one repeated, lost or out of order."""
        if number != self._last[subscriber] + 1:
            raise ValueError(
                f"subscriber {subscriber} got event {number} after event {self._last[subscriber]}"
            )
        self._last[subscriber] = number
        self.frames += 1
        reached = self._reached.get(number, 0) + 1
        if reached < self._size:
            self._reached[number] = reached
            return False
        self._reached.pop(number, None)
        return True
