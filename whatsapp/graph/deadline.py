"""A total time limit for one HTTP call.

The timeout of requests is for each read, so a server that drips one byte a second holds a call for ever
(measured: a 5 s timeout, held for 20 s). Here the sockets of a call are shut down when its time is over,
whichever read or write they are in.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import math
import os
import socket
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_current = threading.local()


class Deadline:
    """``with Deadline(20) as deadline:`` - calls of this thread through DeadlineAdapter end within 20 s.

    ``expired`` tells afterwards whether the time ran out, and ``sending`` whether it had not when a first byte was to
    leave: where it had, none did.
    """

    def __init__(self, seconds: float) -> None:
        self.expired = self.over = self.sending = False
        self.ends = math.inf
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Deadline:
        _current.deadline = self
        self.ends = time.monotonic() + self._seconds
        _watchdog.watch(self)
        return self

    def __exit__(self, *_: Any) -> None:
        _current.deadline = None
        with self._lock:
            # From here on the connection may be another call's.
            self.over, self._socket = True, None

    def watch(self, sock: socket.socket | None, *, sending: bool = False) -> None:
        """Shut this socket down when the time is over, or at once if it is over. ``sending`` says that bytes are about
        to leave by it."""
        with self._lock:
            self._socket = sock
            if self.expired:
                self._shut()
            elif sending:
                self.sending = True

    def expire(self) -> None:
        """The time is over; does nothing where the call is."""
        with self._lock:
            if not self.over:
                self.expired = True
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def running() -> Deadline | None:
    """The deadline under which this thread calls now."""
    return getattr(_current, "deadline", None)


class _Watchdog:
    """One thread for all deadlines of the process, started with the first. A thread for each call would cost as
    much as a tenth of the call."""

    def __init__(self) -> None:
        self._news = threading.Condition(threading.Lock())
        self._watched: list[tuple[float, int, Deadline]] = []
        self._order = itertools.count()
        self._sleeps_until = -math.inf
        self._thread: threading.Thread | None = None

    def watch(self, deadline: Deadline) -> None:
        with self._news:
            heapq.heappush(self._watched, (deadline.ends, next(self._order), deadline))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif deadline.ends < self._sleeps_until:
                self._news.notify()

    def _run(self) -> None:
        while True:
            self._next().expire()

    def _next(self) -> Deadline:
        """The first deadline that runs out, once it does. Calls that have ended are forgotten on the way."""
        with self._news:
            while True:
                while self._watched and self._watched[0][2].over:
                    heapq.heappop(self._watched)
                self._sleeps_until = self._watched[0][0] if self._watched else math.inf
                left_s = self._sleeps_until - time.monotonic()
                if left_s <= 0:
                    return heapq.heappop(self._watched)[2]
                self._news.wait(min(left_s, threading.TIMEOUT_MAX))


_watchdog = _Watchdog()
# A child has the parent's list and not its thread.
os.register_at_fork(after_in_child=_watchdog.__init__)  # type: ignore[misc]


class _Watched:
    """Mixed into urllib3's connections: shows the running deadline the socket before anything is sent."""

    sock: Any

    def send(self, data: Any) -> None:
        deadline = running()
        if deadline is not None:
            if self.sock is None:
                self.connect()
            deadline.watch(self.sock, sending=True)
        super().send(data)  # type: ignore[misc]

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        deadline = running()
        if deadline is not None:
            deadline.watch(self.sock)


class WatchedHTTP(_Watched, HTTPConnection):
    pass


class WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class HTTPPool(HTTPConnectionPool):
    ConnectionCls = WatchedHTTP


class HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedHTTPS


class DeadlineAdapter(HTTPAdapter):
    """A transport for requests whose connections obey the running Deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}
