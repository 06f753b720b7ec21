"""A relay of TCP connections that can be cut, or fall silent, as a network does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING

from engines.ports import LOOPBACK

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_CHUNK = 64 * 1024
_AT_ONCE = struct.pack("ii", 1, 0)
"""Closed like this, a connection is reset and not ended in order."""


class Proxy:
    """Relays to a port of this machine while it is ``whole``.

    ``cut`` resets every connection and takes no other; ``silence`` keeps them open and lets nothing through.
    """

    def __init__(self, target_port: int) -> None:
        self._target = (LOOPBACK, target_port)
        self._listening = socket.create_server((LOOPBACK, 0), backlog=128)
        self._open = threading.Event()
        self._open.set()
        self._refusing = False
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.close()
        self._reset_all()
        self._open.set()

    def cut(self) -> None:
        self._refusing = True
        self._reset_all()

    def silence(self) -> None:
        self._open.clear()

    def mend(self) -> None:
        self._refusing = False
        self._open.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._relay(client)

    def _relay(self, client: socket.socket) -> None:
        if self._refusing:
            client.close()
            return
        try:
            server = socket.create_connection(self._target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        with self._lock:
            self._sockets |= {client, server}
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                self._open.wait()
                sink.sendall(data)
        # The end of one side is silenced as well.
        self._open.wait()
        self._close(source, sink)

    def _reset_all(self) -> None:
        with self._lock:
            sockets = tuple(self._sockets)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self._close(*sockets, how=socket.SHUT_RD)

    def _close(self, *sockets: socket.socket, how: int = socket.SHUT_RDWR) -> None:
        with self._lock:
            self._sockets -= set(sockets)
        for sock in sockets:
            # A plain close would leave the thread that reads it waiting.
            with contextlib.suppress(OSError):
                sock.shutdown(how)
            sock.close()
