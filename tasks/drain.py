"""The drain: from the inbox stream into Postgres, in batches, and on to the bus.

A batch is one transaction. One that fails is tried again by halves, down to the delivery that is to blame,
which is tried alone a few times and then buried as a dead letter with its bytes. The events are written in the
same transaction, and the deliveries let go after it: whatever dies in between, the next drain stores nothing twice,
and the events are in the log. Where one after another would be buried, none is (queues/burying.py). One drain at a
time works; one that has lost its tenure (tasks/tenure.py) commits and takes nothing more.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import redis
import structlog

from actions import templates
from actions.announcing import Announcer
from ground.digest import digest
from ground.fence import Fenced
from health.strange_codes import StrangeCodes
from models import inbound
from models.database import is_unavailable
from models.ledger import dead_letters
from queues.app import FETCH_MEDIA
from queues.inbox import Entry, Inbox
from queues.wake import wake
from schema.events import NewMessage
from settings import Settings
from tasks import late
from tasks.tenure import SHARD, Tenure, tenure
from whatsapp.inbound import webhooks
from whatsapp.inbound.updates import Updates
from whatsapp.text import Unreadable

_log = structlog.get_logger(__name__)
# One run ends after this, so that a flood shows in Flower as runs and a worker can stop.
_RUN_S = 10.0
# As often as a sweep looks.
_LATE_S = 2.0
# A drain that lingers looks so often whether it is to stop, and for late news.
_LOOK_S = 1.0


class _Parsed(NamedTuple):
    entry: Entry
    updates: Updates


class _Stopped(Exception):
    """So many deliveries would be buried that something else must be wrong."""


class _Tried(Exception):
    """It could be committed, and is not."""


class Drain:
    """Persists what the inbox holds. Any number may be started: one at a time works, the others return."""

    def __init__(self, inbox: Inbox, announcer: Announcer, codes: StrangeCodes, settings: Settings) -> None:
        self._inbox = inbox
        self._codes = codes
        self._announcer = announcer
        self._late_at = -_LATE_S
        self._settings = settings
        self._stopping = threading.Event()
        self._batches, self._batch, self._probed = 0, "", ""

    def stop(self) -> None:
        """Take no more: ``run`` returns after the batch at hand, and leaves the rest to another worker."""
        self._stopping.set()

    def run(self) -> bool:
        """Drain until the inbox is empty or the run is long enough; returns whether to run again.

        Raises peewee and redis errors where an engine cannot be used: nothing is lost then, and what was
        taken stays held.
        """
        ends = time.monotonic() + _RUN_S
        while True:
            with tenure(SHARD) as lease:
                if lease is None:
                    return False
                try:
                    emptied = self._drain(lease, ends)
                    self._apply_late(lease)
                except Fenced:
                    _log.warning("drain_replaced", shard=SHARD)
                    return False
                except _Stopped:
                    return False
            if not emptied:
                return True
            # Whoever was woken while we held the lock went away again: look once more for them.
            if not self._inbox.due():
                return False

    def _apply_late(self, lease: Tenure) -> None:
        """What a sweep would do, which cannot while we hold the drain."""
        if time.monotonic() < self._late_at + _LATE_S:
            return
        self._late_at = time.monotonic()
        try:
            late.apply(self._announcer, lease)
        except Exception as error:
            if _is_passing(error):
                raise
            _log.error("late_news_failed", error=type(error).__name__)

    def _drain(self, lease: Tenure, ends: float) -> bool:
        """Persist what is there; returns whether it all was. What a drain before us left behind comes first.

        Where deliveries come, more will: the drain lingers a little after the last, with the due flag up, and
        whatever comes meanwhile costs no wake-up call. It waits behind the last entry it took, so that nothing
        appended between its look and its wait is missed.
        """
        looked_back, newest, lingers_until = False, "", 0.0
        while time.monotonic() < ends and not self._stopping.is_set():
            lease.progress()
            left = lingers_until - time.monotonic()
            taken = self._inbox.take(
                self._settings.drain.batch,
                self._settings.drain.batch_bytes,
                rest=left <= 0,
                fence=lease.fence,
            )
            if taken.stopped:
                self._probe(lease)
            elif taken.held_before and not looked_back:
                looked_back = True
                self._drain_pending(lease)
            elif taken.entries:
                self._persist_batch(lease, taken.entries)
                newest, lingers_until = taken.entries[-1].id, time.monotonic() + self._settings.drain.linger_s
            elif left <= 0:
                return True
            else:
                self._inbox.wait(newest, min(left, _LOOK_S))
                self._apply_late(lease)
        return False

    def _drain_pending(self, lease: Tenure) -> None:
        """All that was taken and is not done, one by one: one of them may have killed the drain before us."""
        page = self._inbox.pending()
        while page:
            self._begin_batch(lease)
            for entry in page:
                self._persist_alone(lease, entry)
            page = self._inbox.pending(after=page[-1].id)

    def _probe(self, lease: Tenure) -> None:
        """While burying has stopped: see once a minute whether a delivery could be stored, any of them. It is stored in
        its turn. Raises _Stopped where it could not."""
        if not self._inbox.burying.probe_due() or (entry := self._inbox.some(self._probed)) is None:
            raise _Stopped
        self._probed = entry.id
        # Counted, for it may be what kills us, and taken back: it is tried for the others' sake.
        if self._inbox.count_attempt(entry, fence=lease.fence) > self._settings.drain.attempts + 1:
            raise _Stopped
        try:
            with contextlib.suppress(_Tried), lease.transaction():
                inbound.persist([webhooks.parse(entry.body)])
                raise _Tried
        except Exception as error:
            self._inbox.count_attempt(entry, by=-1, fence=lease.fence)
            if _is_passing(error):
                raise
            _log.warning("burying_probe_failed", entry=entry.id, error=type(error).__name__)
            raise _Stopped from None
        self._inbox.forget_attempts()
        self._inbox.burying.resume()
        _log.warning("burying_resumed")

    def _begin_batch(self, lease: Tenure) -> None:
        self._batches += 1
        self._batch = f"{lease.fence.number}-{self._batches}"

    def _persist_batch(self, lease: Tenure, entries: Sequence[Entry]) -> None:
        """Those that can be read first: one of them stored says that those that cannot are to blame themselves."""
        self._begin_batch(lease)
        parsed: list[_Parsed] = []
        unreadable: list[tuple[Entry, str]] = []
        for entry in entries:
            try:
                parsed.append(_Parsed(entry, webhooks.parse(entry.body)))
            except Unreadable as error:
                unreadable.append((entry, str(error)))
        self._persist(lease, parsed)
        for entry, reason in unreadable:
            self._bury(lease, entry, reason, Unreadable.__name__)

    def _persist(self, lease: Tenure, batch: Sequence[_Parsed]) -> None:
        if not batch:
            return
        try:
            self._store(lease, batch)
        except Exception as error:
            if _is_passing(error):
                raise
            _log.warning("batch_failed", deliveries=len(batch), error=type(error).__name__)
            if len(batch) == 1:
                self._persist_alone(lease, batch[0].entry)
                return
            middle = len(batch) // 2
            self._persist(lease, batch[:middle])
            self._persist(lease, batch[middle:])

    def _persist_alone(self, lease: Tenure, entry: Entry) -> None:
        """Try one delivery. The attempt is counted before the work: it may be what kills us."""
        attempts = self._inbox.count_attempt(entry, fence=lease.fence)
        if attempts > self._settings.drain.attempts:
            ended = f"persisting it ended the worker {attempts - 1} times"
            self._bury(lease, entry, ended, "the worker ended")
            return
        try:
            self._store(lease, [_Parsed(entry, webhooks.parse(entry.body))])
        except Unreadable as error:
            self._bury(lease, entry, str(error), Unreadable.__name__)
        except Exception as error:
            if _is_passing(error):
                self._inbox.count_attempt(entry, by=-1, fence=lease.fence)
                raise
            _log.error("delivery_failed", entry=entry.id, attempt=attempts, error=type(error).__name__)
            if attempts >= self._settings.drain.attempts:
                name = type(error).__name__
                self._bury(lease, entry, f"{name}: {error}", name)

    def _store(self, lease: Tenure, batch: Sequence[_Parsed]) -> None:
        with lease.transaction():
            events = inbound.persist([parsed.updates for parsed in batch])
            self._announcer.announce(events)
        for parsed in batch:
            for field in parsed.updates.tests[-1:]:
                self._inbox.note_tested(parsed.entry, field)
        self._inbox.done([parsed.entry for parsed in batch])
        self._codes.note(status.problem for parsed in batch for status in parsed.updates.statuses)
        for event in events:
            if isinstance(event, NewMessage) and event.message.media:
                wake(FETCH_MEDIA, event.message.id)
        templates.ask(
            (template.account_id for parsed in batch for template in parsed.updates.templates),
            templates.SOON_S,
        )

    def _bury(self, lease: Tenure, entry: Entry, reason: str, kind: str) -> None:
        """Keep it as a dead letter. Raises _Stopped where it is one too many; it stays in the inbox then."""
        if not self._inbox.burying.may(digest(entry.body), self._batch, kind):
            _log.error("burying_stopped", entry=entry.id, error=kind)
            raise _Stopped
        _log.error("delivery_buried", entry=entry.id, bytes=len(entry.body))
        with lease.transaction():
            dead_letters.bury_delivery(f"stream entry {entry.id}", entry.body, reason)
        self._inbox.done([entry], stored=False)


def _is_passing(error: Exception) -> bool:
    """Whether an engine is to blame, or another drain took over, rather than the delivery."""
    return is_unavailable(error) or isinstance(error, redis.RedisError | Fenced)
