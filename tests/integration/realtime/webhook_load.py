"""Customers who keep writing while something else happens, and what the house acknowledged of it."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from faults.house import House

_PAUSE_S = 0.01
_WORDS_A_DELIVERY = 3


class Writing:
    """``wamids`` are those of the messages that were acknowledged, in the order in which they were delivered."""

    def __init__(self, house: House, phone: str) -> None:
        self._house, self._phone = house, phone
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self.wamids: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def more(self, count: int) -> None:
        """Wait until so many more messages were taken."""
        enough = len(self.wamids) + count
        self._house.eventually(lambda: len(self.wamids) >= enough, what="more messages taken")

    def since(self, wamid: str) -> list[str]:
        """The messages from that one on."""
        return self.wamids[self.wamids.index(wamid) :]

    def _write(self) -> None:
        meta = self._house.meta
        for turn in itertools.count():
            said = [meta.text(self._phone, f"Word {turn}.{n}") for n in range(_WORDS_A_DELIVERY)]
            if self._house.deliver(meta.said(*said)).ok:
                self.wamids += (message["id"] for message in said)
            if self._stopping.wait(_PAUSE_S):
                break
