"""Fetching received files. A failure never touches the message, which was stored before."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

import structlog

from actions.announcing import Announcer
from ground.clock import now
from models.database import database, release
from models.messages import media, messages
from models.messages.media import KEPT_BY_META, Wanted
from queues.app import MAKE_THUMBNAIL
from queues.wake import wake
from settings import Settings
from storage.store import Store
from tasks.graph_lines import Lines
from tasks.sending.retry import backoff_s
from whatsapp.file_types import canonical
from whatsapp.graph.transport import Refused
from whatsapp.sniffing import HEAD_BYTES, UNKNOWN, contradiction

_log = structlog.get_logger(__name__)
_RETRY_CAP_S = 3600.0
# Longer than a fetch may take, so that two workers do not fetch the same file.
_LEASE_SLACK_S = 30.0
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})


class WrongDigest(Exception):
    """The bytes that came are not those Meta announced."""


class _Fetched(NamedTuple):
    """A file that is in the store, and its type."""

    digest: str
    size: int
    mime_type: str

    @property
    def pictured(self) -> bool:
        return canonical(self.mime_type) in _PICTURES


class Fetcher:
    """Fetches one file at a time into the store."""

    def __init__(self, lines: Lines, store: Store, announcer: Announcer, settings: Settings) -> None:
        self._lines = lines
        self._store = store
        self._announcer = announcer
        self._settings = settings

    def run(self, message_id: str) -> None:
        """Fetch the file of a message, if it is due."""
        wanted = media.claim(message_id, self._settings.media.timeout_s + _LEASE_SLACK_S)
        if wanted is None:
            return
        try:
            fetched = self._fetch(wanted)
        except Refused as refusal:
            problem = refusal.problem
            # Here it is the file that Meta does not know: it never will again.
            self._failed(wanted, problem.details, problem.retried and not problem.no_such_object)
        except (WrongDigest, OSError) as error:
            self._failed(wanted, str(error), passing=True)
        else:
            if fetched is not None:
                self._stored(message_id, fetched)

    def _fetch(self, wanted: Wanted) -> _Fetched | None:
        """None where the message was deleted meanwhile."""
        files = self._lines.of(wanted.phone_number_id).files
        release()
        with self._store.incoming() as file:
            answered = files.fetch(wanted.media_id, file.write)
            if wanted.expected and not _same_digest(wanted.expected, file.digest):
                raise WrongDigest("the file that came is not the one Meta announced (SHA-256 differs)")
            declared = wanted.mime_type or answered
            fetched = _Fetched(file.digest, file.size, _true_type(wanted.id, file.head(HEAD_BYTES), declared))
            if not media.name(wanted.id, file.digest):
                return None
            file.keep()
            return fetched

    def _stored(self, message_id: str, fetched: _Fetched) -> None:
        """Tell of the file first: a thumbnail may take its time, or never come."""
        with database.atomic():
            kept = media.stored(
                message_id,
                fetched.digest,
                fetched.size,
                pictured=fetched.pictured,
                mime_type=fetched.mime_type,
            )
            if kept:
                self._tell(message_id)
        if kept and fetched.pictured:
            wake(MAKE_THUMBNAIL, message_id)

    def _failed(self, wanted: Wanted, error: str, passing: bool) -> None:
        age = now() - wanted.created_at
        _log.warning("media_not_fetched", message_id=wanted.id, attempt=wanted.attempts, again=passing)
        with database.atomic():
            if passing and age < KEPT_BY_META:
                delay = backoff_s(wanted.attempts, self._settings.sending.retry_base_s, _RETRY_CAP_S)
                media.postponed(wanted.id, error, delay)
            else:
                media.given_up(wanted.id, error)
                self._tell(wanted.id)

    def _tell(self, message_id: str) -> None:
        self._announcer.announce(messages.updates([message_id]))


def _true_type(message_id: str, head: bytes, declared: str) -> str:
    """The declared type of a file that begins so; UNKNOWN, which is only ever saved, where it is not that."""
    true_type = contradiction(head, declared)
    if true_type is None:
        return declared
    _log.warning(
        "media_type_contradicted", message_id=message_id, declared=canonical(declared), bytes=true_type
    )
    return UNKNOWN


def _same_digest(expected: str, digest: str) -> bool:
    """Meta writes it in base64 in webhooks and in hex in answers."""
    if expected.lower() == digest:
        return True
    try:
        return base64.b64decode(expected, validate=True).hex() == digest
    except (binascii.Error, ValueError):
        return False
