"""Where files are kept: each is named by the SHA-256 of its bytes, so the same bytes are kept once.

A file appears under its name only when it is whole. There are two stores: a directory, here, and a bucket
(storage/bucket.py); ``storage.stores.open_store`` chooses.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

_INCOMING = "incoming-"


class StoreUnavailable(OSError):
    """The store cannot be used now; trying again later is of use."""


class Store(Protocol):
    """What every store does. ``digest`` is a hex SHA-256; any other text raises ValueError.

    All but ValueError and FileNotFoundError is told as an OSError, StoreUnavailable among them.
    """

    @property
    def directory(self) -> Path:
        """Where files are written until they are whole."""

    def open(self, digest: str) -> BinaryIO:
        """The file, to be read (with ``seek`` from its beginning) and closed. Raises FileNotFoundError."""

    def incoming(self) -> Incoming:
        """A place to write a new file to."""

    def keep(self, written: Path, digest: str) -> None:
        """Take a whole file in under its name. ``written`` may be moved away or stay."""

    def delete(self, digest: str, older_than_s: float) -> bool:
        """Delete a file that was kept, last, so many seconds ago; returns whether it was."""

    def digests(self, prefix: str) -> Iterator[str]:
        """The files whose names begin with these two hex digits."""


class DirectoryStore:
    """A store in ``directory``, which is made when the first file comes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.absolute()

    def path(self, digest: str) -> Path:
        """Where the file of this hex SHA-256 is. Raises ValueError where ``digest`` is none."""
        check_digest(digest)
        return self._directory / digest[:2] / digest

    def open(self, digest: str) -> BinaryIO:
        return self.path(digest).open("rb")

    def incoming(self) -> Incoming:
        return Incoming(self)

    def keep(self, written: Path, digest: str) -> None:
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        os.replace(written, target)

    def delete(self, digest: str, older_than_s: float) -> bool:
        path = self.path(digest)
        with contextlib.suppress(FileNotFoundError):
            # Written anew, and so perhaps about to be named by a new row.
            if path.stat().st_mtime < time.time() - older_than_s:
                path.unlink()
                return True
        return False

    def digests(self, prefix: str) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError):
            yield from (file.name for file in (self._directory / prefix).iterdir() if is_digest(file.name))

    @property
    def directory(self) -> Path:
        return self._directory


class Incoming:
    """A file being written: ``with store.incoming() as file: file.write(...); file.keep()``.

    What is not kept is deleted. ``digest`` and ``size`` are those of the bytes written so far.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hash = hashlib.sha256()
        self.size = 0
        store.directory.mkdir(parents=True, exist_ok=True)
        # Closed in __exit__, whose whole purpose it is.
        self._file = tempfile.NamedTemporaryFile(dir=store.directory, prefix=_INCOMING, delete=False)  # noqa: SIM115

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes, or as many as were written so far; before ``keep`` only."""
        self._file.flush()
        with Path(self._file.name).open("rb") as written:
            return written.read(size)

    def keep(self) -> None:
        """Put the file into the store under its digest. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._store.keep(Path(self._file.name), self.digest)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)


def is_digest(text: str) -> bool:
    return len(text) == 64 and text.isascii() and text.isalnum()


def check_digest(text: str) -> None:
    """Raises ValueError where this is no digest, and so perhaps a path of somebody's making."""
    if not is_digest(text):
        raise ValueError("not a digest")


def delete_leftovers(directory: Path, older_than_s: float) -> int:
    """Delete files that were being written when a process died; returns how many."""
    deleted = 0
    for path in directory.glob(f"{_INCOMING}*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - older_than_s:
                path.unlink()
                deleted += 1
    return deleted
