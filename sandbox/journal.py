"""The journal: one JSON line for each message taken, on disk before the answer goes out.

Fault tests hold it against what Parley believes it sent, so a line is written and fsynced before the
business hears of the message. On start the phone's history is told again from it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

ACCEPTED, INBOUND, RESET = "accepted", "inbound", "reset"


class Journal:
    """An append-only file of JSON objects; without a path it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = Lock()
        self._file: BinaryIO | None = None

    def append(self, kind: str, records: list[dict[str, Any]]) -> None:
        """Write the records as lines ``{"kind": kind, ...}`` and fsync them; raises OSError."""
        if self._path is None or not records:
            return
        lines = "".join(json.dumps({"kind": kind, **record}) + "\n" for record in records)
        with self._lock:
            file = self._opened(self._path)
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Iterator[dict[str, Any]]:
        """The records since the last reset, oldest first; a line cut short by a crash is left out."""
        if self._path is None or not self._path.exists():
            return
        records: list[dict[str, Any]] = []
        for line in self._path.read_bytes().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record.get("kind") == RESET:
                records.clear()
            else:
                records.append(record)
        yield from records

    def _opened(self, path: Path) -> BinaryIO:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            if self._ends_mid_line(path):
                self._file.write(b"\n")
        return self._file

    @staticmethod
    def _ends_mid_line(path: Path) -> bool:
        with path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
