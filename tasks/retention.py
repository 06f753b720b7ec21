"""Which files go: those past MEDIA_RETENTION_DAYS, those nothing names any more, and those never finished."""

from __future__ import annotations

import math
from datetime import timedelta

import structlog

from ground.clock import now
from models.database import database
from models.messages import media
from settings import Settings
from storage.store import Store, delete_leftovers

_log = structlog.get_logger(__name__)
_DAY_S = 86_400.0
# Before and after any clock.
_WHENEVER_S = -math.inf
_HOURS = 24
_BATCH = 500


def let_go(settings: Settings) -> int:
    """Take the names of expired files out of the database; returns how many. Their bytes go within a day."""
    if not settings.retention.media_days:
        return 0
    before, total = now() - timedelta(days=settings.retention.media_days), 0
    while True:
        with database.atomic():
            gone = media.let_go(before)
        total += gone
        if not gone:
            return total


def delete_released(store: Store) -> None:
    """Delete the bytes of files whose message was deleted. A store that is away is asked again at the next sweep."""
    for digest in media.released():
        try:
            media.delete_released(digest, lambda name: store.delete(name, _WHENEVER_S))
        except OSError as error:
            _log.warning("file_not_deleted", error=type(error).__name__)
            return


def delete_unnamed(store: Store, prefixes: list[str], older_than_s: float = _DAY_S) -> int:
    """Delete the files under these prefixes that nothing names; returns how many. Raises OSError.

    One that was written within the last day is left: its row may be on its way.
    """
    deleted = 0
    for prefix in prefixes:
        names = list(store.digests(prefix))
        for start in range(0, len(names), _BATCH):
            unnamed = media.unnamed(names[start : start + _BATCH])
            deleted += sum(store.delete(digest, older_than_s) for digest in unnamed)
    return deleted


def prefixes_of(hour: int) -> list[str]:
    """A 24th of the store, so that an hourly look goes once through all of it in a day."""
    return [f"{number:02x}" for number in range(256) if number % _HOURS == hour]


def run(settings: Settings, store: Store) -> None:
    """One hour's part of it. A store that is away is looked at again in a day."""
    expired = let_go(settings)
    try:
        deleted = delete_unnamed(store, prefixes_of(now().hour))
        leftovers = delete_leftovers(store.directory, _DAY_S)
    except OSError as error:
        _log.warning("media_not_tidied", error=str(error))
        return
    if expired or deleted or leftovers:
        _log.info("media_tidied", expired=expired, deleted=deleted, leftovers=leftovers)
