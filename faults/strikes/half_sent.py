"""Requests of which only a beginning is sent: many at once, each replaced as soon as it is closed."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from types import TracebackType
from typing import Self

_TURNS_A_SECOND = 10


class HalfSent:
    """``count`` connections to ``port`` on the loopback address that each begin a request with a body and never
    end it, kept up in a thread of its own, ``a_second`` at most."""

    def __init__(
        self,
        port: int,
        path: str,
        count: int,
        *,
        method: str = "POST",
        length: int = 1_000_000,
        a_second: int = 100,
    ) -> None:
        self._address = ("127.0.0.1", port)
        self._beginning = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\nab"
        ).encode()
        self._count = count
        self._a_turn = a_second // _TURNS_A_SECOND
        self._open: dict[socket.socket, float] = {}
        self._poller = selectors.DefaultSelector()
        self._stopped = threading.Event()
        self._full = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, daemon=True)
        self.answers: list[bytes] = []
        """The first line of each answer."""
        self.longest_s = 0.0
        """How long the longest connection stood that was closed by the other side."""

    def __enter__(self) -> Self:
        self._thread.start()
        self._full.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()
        for opened in self._open:
            opened.close()
        self._poller.close()

    @property
    def open(self) -> int:
        return len(self._open)

    def _keep_up(self) -> None:
        begun = 0
        while not self._stopped.wait(1 / _TURNS_A_SECOND):
            for _ in range(min(self._count - len(self._open), self._a_turn)):
                self._begin()
                begun += 1
            if begun >= self._count:
                self._full.set()
            for key, _ in self._poller.select(0):
                self._hear(key.fileobj)  # type: ignore[arg-type]

    def _begin(self) -> None:
        made = socket.socket()
        made.settimeout(5)
        try:
            made.connect(self._address)
            made.sendall(self._beginning)
        except OSError:
            made.close()
            return
        made.setblocking(False)
        self._open[made] = time.monotonic()
        self._poller.register(made, selectors.EVENT_READ)

    def _hear(self, sock: socket.socket) -> None:
        data = b""
        with contextlib.suppress(OSError):
            data = sock.recv(65536)
        if data:
            self.answers.append(data.partition(b"\r\n")[0])
            return
        self.longest_s = max(self.longest_s, time.monotonic() - self._open.pop(sock))
        self._poller.unregister(sock)
        sock.close()
