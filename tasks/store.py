"""Where received files are kept: a directory, each file named by the SHA-256 of its bytes.

The same bytes are kept once. A file appears under its name only when it is whole and on disk.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self


class DirectoryStore:
    """A store in ``directory``, which is made when the first file comes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()

    def path(self, digest: str) -> Path:
        """Where the file of this hex SHA-256 is. Raises ValueError where ``digest`` is none."""
        if len(digest) != 64 or not digest.isascii() or not digest.isalnum():
            raise ValueError("not a digest")
        return self._directory / digest[:2] / digest

    def open(self, digest: str) -> BinaryIO:
        """The file, to be read and closed. Raises FileNotFoundError."""
        return self.path(digest).open("rb")

    def incoming(self) -> Incoming:
        """A place to write a new file to."""
        self._directory.mkdir(parents=True, exist_ok=True)
        return Incoming(self)

    def keep(self, written: str, digest: str) -> None:
        """Give a whole file its name."""
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        os.replace(written, target)

    @property
    def directory(self) -> Path:
        return self._directory


class Incoming:
    """A file being written: ``with store.incoming() as file: file.write(...); file.keep()``.

    What is not kept is deleted. ``digest`` and ``size`` are those of the bytes written so far.
    """

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store
        self._hash = hashlib.sha256()
        self._kept = False
        self.size = 0
        # Closed in __exit__, whose whole purpose it is.
        self._file = tempfile.NamedTemporaryFile(dir=store.directory, prefix="incoming-", delete=False)  # noqa: SIM115

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def keep(self) -> None:
        """Put the file on disk under its digest."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._store.keep(self._file.name, self.digest)
        self._kept = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        if not self._kept:
            Path(self._file.name).unlink(missing_ok=True)
