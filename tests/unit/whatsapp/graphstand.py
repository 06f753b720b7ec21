"""A server on the loopback address that answers exactly what a test tells it to, byte by byte if need be."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Play = Callable[[socket.socket], None]


class Asked(NamedTuple):
    """One request as it came in."""

    line: str
    headers: dict[str, str]
    body: bytes


class GraphStand:
    """Plays ``play`` to every request and notes what was asked. Use it in a ``with``."""

    def __init__(self, play: Play) -> None:
        self.asked: list[Asked] = []
        self._play = play
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.opened: list[socket.socket] = []
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> GraphStand:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for sock in (self._listening, *self.opened):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.opened.append(connection)
                self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), connection, connection.makefile("rb") as stream:
            for asked in _requests(stream):
                self.asked.append(asked)
                self._play(connection)


def _requests(stream: Any) -> Iterator[Asked]:
    while line := stream.readline().decode().strip():
        headers = {}
        while header := stream.readline().decode().strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        yield Asked(line, headers, stream.read(int(headers.get("content-length", 0))))


def answer(status: int, body: bytes = b"", headers: tuple[str, ...] = (), length: int | None = None) -> bytes:
    """A whole HTTP answer; ``length`` tells another Content-Length than the truth."""
    declared = len(body) if length is None else length
    head = "\r\n".join((f"HTTP/1.1 {status} Told", f"Content-Length: {declared}", *headers))
    return head.encode() + b"\r\n\r\n" + body


def saying(status: int, value: Any, *headers: str) -> Play:
    """Answer with a JSON value."""
    return sending(answer(status, json.dumps(value).encode(), headers))


def sending(data: bytes) -> Play:
    """Answer with these bytes and keep the connection."""
    return lambda connection: connection.sendall(data)


def cut_after(data: bytes) -> Play:
    """Answer with these bytes and hang up."""

    def play(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return play


def dripping(data: bytes, pause_s: float = 0.05) -> Play:
    """Answer one byte at a time: each read succeeds, the whole takes for ever."""

    def play(connection: socket.socket) -> None:
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            time.sleep(pause_s)

    return play


def silent(connection: socket.socket) -> None:
    """Never answer, until the other side hangs up."""
    with contextlib.suppress(OSError):
        connection.recv(1)
