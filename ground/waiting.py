"""Waiting for a server that is not there yet, or not any more, and saying so in one line that a person understands.

waiting for Redis at 127.0.0.1:6379: connection refused (12 s)
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import structlog

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_REPEATED_S = 10.0
_log = structlog.get_logger(__name__)

Tell = Callable[[str], None]


def log(text: str) -> None:
    """The way to tell of a process that has a log."""
    _log.warning("server_awaited", detail=text)


class Absent(Exception):
    """A server did not answer in the time it was given; the text says which, where, and why."""


class Server(NamedTuple):
    """What is waited for: its name, where it is, and a question that returns why it cannot be used, or None."""

    name: str
    place: str
    trouble: Callable[[], str | None]


class Waiting:
    """Tells that a server is waited for: at once, where the reason changes, and every ten seconds."""

    def __init__(self, name: str, place: str, tell: Tell) -> None:
        self._server = f"{name} at {place}"
        self._tell = tell
        self._since = self._logged_at = 0.0
        self._reason = ""

    def go_on(self, reason: str) -> None:
        """It cannot be used, for this reason."""
        moment = time.monotonic()
        if not self._reason:
            self._since = moment
        if reason != self._reason or moment - self._logged_at >= _REPEATED_S:
            self._reason, self._logged_at = reason, moment
            self._tell(f"waiting for {self._server}: {reason} ({moment - self._since:.0f} s)")

    def end(self) -> None:
        """It can be used; told where the waiting was."""
        if self._reason:
            self._reason = ""
            self._tell(f"{self._server} answers after {time.monotonic() - self._since:.0f} s")


def wait_for(servers: list[Server], tell: Tell, within_s: float | None = None) -> None:
    """Return once each of them has answered. SIGTERM ends the process meanwhile, as it does any program.

    Raises Absent where one did not within ``within_s`` seconds.
    """
    ends = None if within_s is None else time.monotonic() + within_s
    with _ending_on_sigterm():
        for server in servers:
            _wait_for(server, tell, ends, within_s)


def _wait_for(server: Server, tell: Tell, ends: float | None, within_s: float | None) -> None:
    waiting, pause = Waiting(server.name, server.place, tell), _FIRST_PAUSE_S
    while (trouble := server.trouble()) is not None:
        if ends is not None and time.monotonic() + pause > ends:
            raise Absent(f"{server.name} at {server.place} did not answer within {within_s:g} s: {trouble}")
        waiting.go_on(trouble)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    waiting.end()


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Where nobody handles SIGTERM yet, end by it: the first process of a container would not hear it."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    ):
        yield
        return
    signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
