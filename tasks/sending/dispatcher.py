"""Which message goes out when: the one loop of a sender process, and the threads that make the calls.

Whoever is woken first looks for what is due, asks the pacing, claims, and hands each message to a thread; whoever
is woken meanwhile only stirs the loop. Nothing waits in a thread: what may not go yet stays in Postgres, due later.
The loop ends when nothing is due and nothing is under way.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import redis
import structlog

from models.database import database, is_unavailable, release
from models.messages import outbound
from models.messages.outbound import Claim, Line
from models.numbers import holds
from queues.outbox import Outbox
from settings import Settings
from tasks.sending.pacing import Pacing
from tasks.sending.sender import Attempt, Sender

_log = structlog.get_logger(__name__)
# Between two looks: what comes together is looked at together.
_TICK_S = 0.02
# Claimed, but Redis went away before it could be asked for the person's pace.
_UNPACED_S = 1.0


class Dispatcher:
    """Sends what is due, as fast as the pacing allows, with at most ``SEND_CONCURRENCY`` calls at once."""

    def __init__(self, sender: Sender, pacing: Pacing, outbox: Outbox, settings: Settings) -> None:
        self._sender = sender
        self._pacing = pacing
        self._outbox = outbox
        self._settings = settings
        # As many again for those whose call has ended and whose outcome is being recorded.
        self._most = 2 * settings.sending.concurrency
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="send")
        self._changed = threading.Condition()
        self._working = self._stirred = self._stopping = False
        self._calls = self._under_way = 0

    def run(self) -> None:
        """Send until nothing is due. Returns at once where another thread is at it: that one looks again."""
        if not self._begin():
            return
        try:
            self._send_until_idle()
            while not self._end():
                self._send_until_idle()
        except Exception as error:
            with self._changed:
                self._working = False
            if not is_unavailable(error) and not isinstance(error, redis.RedisError):
                raise
            # Nothing is lost: the sweep calls again.
            _log.warning("sending_waits", error=type(error).__name__)

    def stop(self) -> None:
        """Claim nothing more: ``run`` returns once the calls under way have ended."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def _begin(self) -> bool:
        with self._changed:
            self._stirred = True
            self._changed.notify_all()
            begun, self._working = not self._working, True
            return begun

    def _end(self) -> bool:
        """Whether there is really nothing to do. From the close on a caller wakes us; whoever called before that
        is found after it."""
        self._outbox.close()
        called = self._outbox.called()
        with self._changed:
            self._working = (called or self._stirred) and not self._stopping
            ended = not self._working
        if called and ended:
            self._outbox.call()  # we were told to stop: for another sender
        return ended

    def _send_until_idle(self) -> None:
        more = self._look()
        while more is not None or self._under_way:
            self._wait(math.inf if more is None else more)
            more = self._look()

    def _wait(self, until: float) -> None:
        """Until a call ended, somebody called, or this moment has come."""
        time.sleep(_TICK_S)
        while (left_s := until - time.monotonic()) > 0 and not self._called():
            with self._changed:
                if self._changed.wait_for(lambda: self._stirred or self._stopping, min(_TICK_S, left_s)):
                    return

    def _called(self) -> bool:
        """Whether a note was left. One without hands free leaves it to another sender."""
        return self._free() > 0 and self._outbox.called()

    def _look(self) -> float | None:
        """Hand out what may go now; returns when more may (monotonic), None where nothing waits for that."""
        with self._changed:
            self._stirred = False
            if self._stopping:
                return None
        try:
            lines = outbound.lines()
            moments = [self._serve(line, self._share(len(lines) - index)) for index, line in enumerate(lines)]
        finally:
            release()
        self._show_hands()
        return min((at for at in moments if at is not None), default=None) if self._free() else None

    def _show_hands(self) -> None:
        """While all hands are full, callers must wake another sender."""
        if self._free():
            self._outbox.open()
        else:
            self._outbox.close()

    def _free(self) -> int:
        return min(self._settings.sending.concurrency - self._calls, self._most - self._under_way)

    def _share(self, numbers: int) -> int:
        """Of the free hands, for one of so many numbers that are still to be served."""
        return math.ceil(self._free() / numbers)

    def _serve(self, line: Line, most: int) -> float | None:
        """Send at most so many messages of a number; returns when more may go, None where no more wait."""
        if not most:
            return None
        rate = line.rate or self._settings.sending.rate
        granted = self._pacing.take(line.phone_number_id, 1 if line.on_trial else most, rate)
        more = time.monotonic() + granted.wait_s
        claims = self._claim(line, granted.messages)
        ready = self._in_pace(claims)
        # First of all: a claim that nobody makes a call of ends as unconfirmed, and Redis may fail in between.
        for claim in ready:
            self._hand_over(Attempt(claim, rate, line.on_trial))
        self._pacing.give_back(line.phone_number_id, granted.messages - len(ready), rate)
        # At once where all that were wanted could be claimed: there may be hands that other numbers had no use for.
        return more if len(claims) == granted.messages else None

    def _claim(self, line: Line, most: int) -> list[Claim]:
        if not most:
            return []
        lease_s = self._settings.sending.lease_s
        with database.atomic() as transaction:
            claims = outbound.claim_due(line.phone_number_id, most, lease_s)
            if claims and line.on_trial and not holds.begin_trial(line.phone_number_id, lease_s):
                transaction.rollback()  # another sender tries the number
                return []
        return claims

    def _in_pace(self, claims: Sequence[Claim]) -> list[Claim]:
        """Those whose person may be written to now; the others are put back for as long as they must wait."""
        try:
            waits = self._pacing.persons([claim.conversation_id for claim in claims])
        except redis.RedisError:
            self._put_back([(claim, _UNPACED_S) for claim in claims])
            raise
        paced = list(zip(claims, waits, strict=True))
        self._put_back([(claim, wait) for claim, wait in paced if wait])
        return [claim for claim, wait in paced if not wait]

    def _put_back(self, waits: Sequence[tuple[Claim, float]]) -> None:
        if waits:
            self._sender.put_back(waits)

    def _hand_over(self, attempt: Attempt) -> None:
        with self._changed:
            self._calls += 1
            self._under_way += 1
        self._threads.submit(self._send, attempt).add_done_callback(self._done)

    def _send(self, attempt: Attempt) -> None:
        """In a thread. The hand is free once Meta has answered, and not only when that is on disk."""
        try:
            outcome = self._sender.call(attempt)
        finally:
            self._stir(ended_calls=1)
        self._sender.record(outcome)

    def _done(self, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:  # the lease decides what becomes of the message
            _log.error("send_not_recorded", error=f"{type(error).__name__}: {error}")
        self._stir(recorded=1)

    def _stir(self, *, ended_calls: int = 0, recorded: int = 0) -> None:
        with self._changed:
            self._calls -= ended_calls
            self._under_way -= recorded
            self._stirred = True
            self._changed.notify_all()
