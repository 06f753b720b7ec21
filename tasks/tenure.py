"""The time for which this process holds a shard's drain: a thread of its own renews the lease meanwhile."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import structlog

from ground.fence import Fence, Fenced
from models import drain_leases
from models.database import UNAVAILABLE, database, release
from models.drain_leases import BEAT_S

_log = structlog.get_logger(__name__)
# The renewing tells that the process lives. A drain that gets nowhere for so long is stuck all the same: no statement,
# no command and no wait of it takes this long.
_STUCK_S = 60.0
_AGAIN_S = 0.5
# Until the first beat: after silence the drain has the machine to itself for what has just come.
_FIRST_S = 0.1
SHARD = 0
"""The one shard there is."""
# The thread is done at once where Postgres answers; where it does not, nobody waits for it.
_JOIN_S = 3.0


class Tenure:
    """Made by ``tenure``. ``fence`` goes with every command that must not come late."""

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self._progress = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="tenure", daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that is committed only if we hold the drain then. Raises Fenced where we do not."""
        self.progress()
        with database.atomic():
            drain_leases.mark(self.fence)
            yield
            drain_leases.renew(self.fence)

    def progress(self) -> None:
        """Note that the drain gets on."""
        self._progress = time.monotonic()

    def end(self) -> None:
        """Give the drain up; the next one may have it when this returns."""
        self._over.set()
        self._thread.join(_JOIN_S)

    def _renew(self) -> None:
        self._over.wait(_FIRST_S)
        try:
            while not self._beat():
                pass
        except Fenced:
            _log.warning("drain_lost", shard=self.fence.shard)
            # Ours still where a drain of an older version keeps us out: let the next one try at once.
            drain_leases.give_up(self.fence)
        finally:
            release()

    def _beat(self) -> bool:
        """One transaction from a renewal to the next: while it is open, everybody sees that we are here.

        Returns whether it was the last.
        """
        try:
            with database.atomic():
                drain_leases.mark(self.fence, relaxed=True)
                self._over.wait(BEAT_S)
                if self._over.is_set():
                    drain_leases.give_up(self.fence)
                elif time.monotonic() - self._progress < _STUCK_S:
                    drain_leases.renew(self.fence)
        except UNAVAILABLE as error:
            _log.warning("drain_not_renewed", shard=self.fence.shard, error=type(error).__name__)
            release()
            self._over.wait(_AGAIN_S)
        return self._over.is_set()


@contextlib.contextmanager
def tenure(shard: int) -> Iterator[Tenure | None]:
    """Hold the drain of this shard in here; None where somebody else does."""
    fence = drain_leases.take(shard)
    if fence is None:
        yield None
        return
    lease = Tenure(fence)
    try:
        yield lease
    finally:
        lease.end()
