"""The pool of connections: peewee's, without the waits it would do under its locks.

peewee connects, and asks an idle connection whether it lives, while it holds the lock that every other thread
needs to take a connection or to give one back. With a frozen server, twelve requests would then wait for one
another's time limits, in turn.
"""

from __future__ import annotations

import contextlib
import heapq
import select
import threading
import time
from collections.abc import Iterator
from typing import Any

import peewee
from playhouse.pool import MaxConnectionsExceeded, PooledPostgresqlDatabase
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from ground import clock


class _OpenOne(Exception):
    """The pool has no idle connection and room for one more: open it, outside the locks."""


class _Adapter(peewee.Psycopg2Adapter):
    """Hands out what this thread has opened, or asks it to."""

    def connect(self, db: Any, **params: Any) -> Any:
        return db.opened()

    def open(self, db: Any, **params: Any) -> Any:
        return super().connect(db, **params)  # type: ignore[no-untyped-call]


def _read_clock(connection: Any) -> None:
    """Let the house's clock be read by each connection once: it lives for minutes at least."""
    asked_at = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        clock.read(cursor.fetchone()[0], asked_at, time.monotonic())
    connection.rollback()


class Pool(PooledPostgresqlDatabase):  # type: ignore[misc]
    """A pool in which a connection that hangs holds up the thread that wants it, and no other."""

    psycopg2_adapter = _Adapter

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._opening = 0
        self._own = threading.local()
        super().__init__(*args, **kwargs)

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Take a connection for this thread. Raises one of database.UNAVAILABLE."""
        while True:
            try:
                connected = bool(super().connect(reuse_if_open))
            except _OpenOne:
                self._open()
            else:
                self._shelve()
                return connected

    @contextlib.contextmanager
    def aside(self) -> Iterator[Any]:
        """A connection beside the pool's, in a transaction from its first statement, rolled back at the end.

        Raises psycopg2.Error.
        """
        connection = self._adapter.open(self, **self.connect_params)
        try:
            yield connection
        finally:
            connection.close()

    def opened(self) -> Any:
        """The connection this thread has just opened. Called under the pool's locks."""
        if fresh := self._own.__dict__.pop("fresh", None):
            self._opening -= 1
            return fresh
        if len(self._in_use) + self._opening >= self._max_connections:
            raise MaxConnectionsExceeded("Every connection of the pool is in use or being opened.")
        self._opening += 1
        raise _OpenOne

    def _open(self) -> None:
        """Connect, holding no lock; the place in the pool was reserved by ``opened``."""
        try:
            self._own.fresh = self._adapter.open(self, **self.connect_params)
            _read_clock(self._own.fresh)
        except BaseException:
            with self._pool_lock:
                self._opening -= 1
                self._pool_available.notify()
            raise

    def _shelve(self) -> None:
        """Keep for others what was opened in vain, because one came back to the pool meanwhile."""
        if fresh := self._own.__dict__.pop("fresh", None):
            with self._pool_lock:
                self._opening -= 1
                self._heap_counter += 1
                heapq.heappush(self._connections, (time.time(), self._heap_counter, fresh))
                self._pool_available.notify()

    def _is_closed(self, connection: Any) -> bool:
        """Whether an idle connection is dead: a server that left has sent an end, which can be read at once."""
        if connection.closed:
            return True
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def _can_reuse(self, connection: Any) -> bool:
        return bool(connection.get_transaction_status() == TRANSACTION_STATUS_IDLE)
