"""What was promised, on disk before anything else happens: a line for each 200 and each 202."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import NamedTuple


class Said(NamedTuple):
    """One message: with whom, the how-manieth of that conversation, and its key.

    The key of a customer's message is its wamid, of an agent's message the id the house gave it.
    """

    phone: str
    number: int
    key: str


class Ledger:
    """An append-only file of ``Said``, fsynced line by line. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a")
        self._lock = threading.Lock()
        self.count = 0

    def note(self, said: Said) -> None:
        with self._lock:
            self._file.write(f"{said.phone} {said.number} {said.key}\n")
            self._file.flush()
            os.fsync(self._file.fileno())
            self.count += 1

    def read(self) -> list[Said]:
        """What the disk says."""
        lines = (line.split() for line in self._path.read_text().splitlines())
        return [Said(phone, int(number), key) for phone, number, key in lines]

    def close(self) -> None:
        self._file.close()
