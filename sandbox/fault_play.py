"""How each ordered failure looks on the wire."""

from __future__ import annotations

import errno
import gzip
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from threading import Event

import falcon

from sandbox.faults import Fault
from sandbox.graph.errors import GraphError

DRIP_SECONDS = 0.25
GONE_SECONDS = 0.25
BOMB_MEGABYTES = 256


class FaultPlay:
    """Turns a fault into what the client sees; ``closing`` ends every wait when the sandbox stops."""

    def __init__(self, closing: Event) -> None:
        self._closing = closing
        self._acts: dict[str, Callable[[Fault, falcon.Request, falcon.Response], None]] = {
            "graph_error": self._graph_error,
            "http_500": self._empty_500,
            "throttled": self._throttled,
            "hang": self._hang,
            "slow": self._slow,
            "drip": self._drip,
            "reset": self._reset,
            "cut": self._cut,
            "not_json": self._not_json,
            "redirect": self._redirect,
            "gzip_bomb": self._gzip_bomb,
        }

    def act(self, fault: Fault, req: falcon.Request, resp: falcon.Response) -> None:
        """Spoil an answer that may already hold the good one; raises GraphError or OSError."""
        act = self._acts.get(fault.kind)
        if act is not None:
            act(fault, req, resp)

    def _graph_error(self, fault: Fault, _: falcon.Request, __: falcon.Response) -> None:
        raise GraphError(
            fault.code,
            fault.details or "Ordered from the sandbox.",
            subcode=fault.subcode or None,
            status=fault.status or None,
        )

    def _empty_500(self, fault: Fault, _: falcon.Request, resp: falcon.Response) -> None:
        resp.status = fault.status or 500
        resp.media, resp.data = None, b""

    def _throttled(self, fault: Fault, _: falcon.Request, resp: falcon.Response) -> None:
        resp.status = fault.status or 429
        resp.media = GraphError(fault.code if fault.code != 131000 else 4).envelope()
        if fault.retry_after is not None:
            resp.set_header("Retry-After", f"{fault.retry_after:g}")

    def _hang(self, fault: Fault, req: falcon.Request, _: falcon.Response) -> None:
        self._wait(req, fault.seconds)
        if not fault.accept:
            reset_connection(req)

    def _slow(self, fault: Fault, req: falcon.Request, _: falcon.Response) -> None:
        self._wait(req, fault.seconds)

    def _wait(self, req: falcon.Request, seconds: float) -> None:
        """Not for a client that has gone: its thread is needed for those who come."""
        connection, ends = _socket_of(req), time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and not _has_gone(connection):
            if self._closing.wait(min(left, GONE_SECONDS)):
                return

    def _drip(self, fault: Fault, _: falcon.Request, resp: falcon.Response) -> None:
        """One byte at a time: each read of the client succeeds, and the answer takes ``seconds``."""
        pieces = max(1, int(fault.seconds / DRIP_SECONDS))
        body = b" " * pieces + b'{"messages":[]}'
        resp.media = None
        resp.content_type = falcon.MEDIA_JSON
        resp.content_length = len(body)
        resp.stream = self._dripping(body, pieces)

    def _dripping(self, body: bytes, pieces: int) -> Iterator[bytes]:
        for index in range(pieces):
            if self._closing.wait(DRIP_SECONDS):
                return
            yield body[index : index + 1]
        yield body[pieces:]

    def _reset(self, _: Fault, req: falcon.Request, __: falcon.Response) -> None:
        reset_connection(req)

    def _cut(self, _: Fault, req: falcon.Request, __: falcon.Response) -> None:
        head = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"messa'
        _socket_of(req).sendall(head)
        raise ConnectionResetError(errno.ECONNRESET, "cut after the headers, as ordered")

    def _not_json(self, _: Fault, __: falcon.Request, resp: falcon.Response) -> None:
        resp.media = None
        resp.content_type = falcon.MEDIA_HTML
        resp.text = "<html><body>Sorry, something went wrong.</body></html>"

    def _redirect(self, fault: Fault, _: falcon.Request, resp: falcon.Response) -> None:
        resp.media = None
        resp.status = fault.status or 302
        resp.set_header("Location", fault.location)

    def _gzip_bomb(self, _: Fault, __: falcon.Request, resp: falcon.Response) -> None:
        resp.media = None
        resp.content_type = falcon.MEDIA_JSON
        resp.set_header("Content-Encoding", "gzip")
        block = gzip.compress(bytes(1024 * 1024), 9)
        resp.data = block * BOMB_MEGABYTES


def reset_connection(req: falcon.Request) -> None:
    """Answer with a TCP reset; always raises ConnectionResetError, which ends the request in the server.

    The descriptor is replaced rather than closed: the server goes on to tidy up its socket and must find
    one there.
    """
    connection = _socket_of(req)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with socket.socket() as spare:
        os.dup2(spare.fileno(), connection.fileno())
    raise ConnectionResetError(errno.ECONNRESET, "reset, as ordered")


def _has_gone(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _socket_of(req: falcon.Request) -> socket.socket:
    connection = req.env.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        raise RuntimeError("this fault needs the sandbox's own server")
    return connection
