"""The sandbox's journal, read from outside: what Meta certainly took."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from engines.formation import JOURNAL
from faults.house import House


class SandboxJournal:
    """What the sandbox took from here on, in its order; it is on disk before Meta's answer goes out."""

    def __init__(self, house: House) -> None:
        self._path: Path = house.formation.data_dir / JOURNAL
        self._start = self._path.stat().st_size if self._path.exists() else 0

    def accepted(self) -> list[str]:
        """The ids of our messages, by Meta's biz_opaque_callback_data."""
        return [
            record["biz_opaque_callback_data"] for record in self._records() if record["kind"] == "accepted"
        ]

    def _records(self) -> Iterator[dict[str, str]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._start)
            yield from (json.loads(line) for line in file)
