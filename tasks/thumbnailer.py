"""Small pictures of files that are stored and told already: a picture that takes long, or is a trap, costs itself."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import structlog

from actions.announcing import Announcer
from models.database import database, release
from models.messages import media, messages
from storage.store import Store
from storage.thumbnail_child import made_apart

_log = structlog.get_logger(__name__)
# Longer than making one may take, so that two workers do not make the same.
_LEASE_S = 60.0


class Thumbnailer:
    """Makes one thumbnail at a time, in the thread that asks."""

    def __init__(self, store: Store, announcer: Announcer) -> None:
        self._store = store
        self._announcer = announcer

    def run(self, message_id: str) -> None:
        """Make the thumbnail of a message's file, if it is due. One that cannot be made is not tried again."""
        digest = media.claim_thumbnail(message_id, _LEASE_S)
        if digest is None:
            return
        release()
        try:
            made = self._made(message_id, digest)
        except OSError as error:  # the store is away; the lease brings it back
            _log.warning("thumbnail_postponed", message_id=message_id, error=type(error).__name__)
            return
        with database.atomic():
            if media.pictured(message_id, made):
                self._announcer.announce(messages.updates([message_id]))

    def _made(self, message_id: str, digest: str) -> tuple[str, int] | None:
        try:
            with self._local(digest) as file:
                picture = made_apart(file, self._store.directory)
        except FileNotFoundError:
            return None
        if picture is None:
            return None
        with self._store.incoming() as small:
            small.write(picture)
            if not media.name_thumbnail(message_id, small.digest):
                return None
            small.keep()
            return small.digest, small.size

    @contextlib.contextmanager
    def _local(self, digest: str) -> Iterator[BinaryIO]:
        """A copy of the file on this machine, which a child can read; what is in a bucket is not."""
        with tempfile.TemporaryFile(dir=self._store.directory) as copy:
            with contextlib.closing(self._store.open(digest)) as stored:
                shutil.copyfileobj(stored, copy)
            copy.seek(0)
            yield copy
