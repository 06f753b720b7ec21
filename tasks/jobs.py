"""The tasks themselves: thin, safe to run twice, and never the record of anything."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from actions import templates
from models.messages import media
from queues.app import (
    DELIVER,
    FETCH_MEDIA,
    JOIN,
    MAKE_THUMBNAIL,
    MARK_READ,
    PERSIST,
    SHOW_TYPING,
    SWEEP,
    SYNC_STALE_TEMPLATES,
    SYNC_TEMPLATES,
    TIDY,
    app,
)
from queues.wake import wake
from tasks import joins, sweeps
from tasks import tidy as housekeeping
from tasks.receipts import Busy
from tasks.worker import workshop
from whatsapp.graph.transport import GraphFault, Refused

_log = structlog.get_logger(__name__)
# Until a receipt is tried again that found all of its threads busy.
_BUSY_S, _BUSY_TIMES = 1.0, 60


@app.task(name=PERSIST)
def persist_webhooks() -> None:
    """Drain the inbox. Another run follows where this one ended before it was empty."""
    if workshop().drain.run():
        wake(PERSIST)


@app.task(name=DELIVER)
def deliver() -> None:
    """Send what is due."""
    workshop().dispatcher.run()


@app.task(name=MARK_READ, bind=True, max_retries=5)
def mark_read(self: Any, message_id: str) -> None:
    """Show a customer that a message was read. Worth a few tries, and no loss where it fails."""
    try:
        workshop().receipts.show(message_id, typing=False)
    except Busy:
        raise self.retry(countdown=_BUSY_S, max_retries=_BUSY_TIMES) from None
    except GraphFault as fault:
        _try_again(self, fault, "mark_read_failed", message_id=message_id)


@app.task(name=SHOW_TYPING)
def show_typing(message_id: str) -> None:
    """The same, and that somebody is writing. Not worth a second try: it would come too late."""
    try:
        workshop().receipts.show(message_id, typing=True)
    except Busy:
        return
    except GraphFault as fault:
        _log.warning("show_typing_failed", message_id=message_id, reason=str(fault))


def _try_again(task: Any, fault: GraphFault, gives_up: str, **about: str) -> None:
    """Run a task again, ever later, until Meta's refusal is final or it was tried often enough: ``gives_up`` is what
    the log calls that."""
    final = isinstance(fault, Refused) and not fault.problem.retried
    if final or task.request.retries >= task.max_retries:
        _log.warning(gives_up, reason=str(fault), **about)
        return
    raise task.retry(exc=fault, countdown=2**task.request.retries) from None


@app.task(name=FETCH_MEDIA)
def fetch_media(message_id: str) -> None:
    """Fetch the file of a received message, and then whatever else is due."""
    shop = workshop()
    _one_by_one(shop.fetching, shop.fetcher.run, message_id, media.due)


@app.task(name=MAKE_THUMBNAIL)
def make_thumbnail(message_id: str) -> None:
    """Make the thumbnail of a stored file, and then whatever else is due."""
    shop = workshop()
    _one_by_one(shop.picturing, shop.thumbnailer.run, message_id, media.thumbnails_due)


def _one_by_one(
    places: threading.BoundedSemaphore,
    work: Callable[[str], None],
    first_id: str,
    due: Callable[[int], list[str]],
) -> None:
    """Where all places are taken, those who have them find this one among what is due."""
    if not places.acquire(blocking=False):
        return
    try:
        next_id: str | None = first_id
        while next_id is not None and not workshop().stopping.is_set():
            work(next_id)
            next_id = next(iter(due(1)), None)
    finally:
        places.release()


@app.task(name=SYNC_TEMPLATES, bind=True, max_retries=5)
def sync_templates(self: Any, account_id: str, asked_at: str) -> None:
    """Fetch an account's templates. Where Meta cannot answer, the hourly look tries again after these tries."""
    try:
        workshop().templates.run(account_id, datetime.fromisoformat(asked_at))
    except GraphFault as fault:
        _try_again(self, fault, "template_sync_failed", account_id=account_id)


@app.task(name=SYNC_STALE_TEMPLATES)
def sync_stale_templates() -> None:
    """Have every account synced that was not for a day."""
    templates.ask(templates.stale(workshop().settings))


@app.task(name=SWEEP)
def sweep() -> None:
    """Look after whatever was left behind. Two at once do no harm."""
    sweeps.run(workshop())


@app.task(name=JOIN)
def join_conversations() -> None:
    """Move messages of conversations that become one. Another run follows where this one ended before all had moved."""
    shop = workshop()
    if not shop.joining.acquire(blocking=False):
        return
    try:
        more = joins.run(shop.stopping)
    finally:
        shop.joining.release()
    if more:
        wake(JOIN)


@app.task(name=TIDY)
def tidy() -> None:
    """Delete what has expired."""
    shop = workshop()
    housekeeping.run(shop.settings, shop.store, shop.announcer)
