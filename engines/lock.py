"""One formation to a data directory."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO

from engines.errors import AlreadyRunning


class DirectoryLock:
    """Held from ``acquire`` to ``release`` or to the end of this process, however it ends."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "lock"
        self._file: IO[str] | None = None

    def acquire(self, url: str) -> None:
        """Take the lock and note who holds it. Raises AlreadyRunning with the holder's id and URL."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = _read_holder(file.read())
            file.close()
            raise AlreadyRunning(
                f"Already running on {self.path.parent}: process {holder['pid']}, {holder['url']}",
                int(holder["pid"]),
            ) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "url": url}, file)
        file.flush()
        self._file = file

    @property
    def is_held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _read_holder(text: str) -> dict[str, str]:
    try:
        return {key: str(value) for key, value in json.loads(text).items()}
    except ValueError:
        return {"pid": "0", "url": "still starting"}
