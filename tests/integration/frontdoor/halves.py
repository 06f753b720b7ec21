"""Deliveries whose time is taken, and requests written by hand."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.house import House

_PATIENCE_S = 60.0


class Deliveries:
    """Signed deliveries through the front door."""

    def __init__(self, house: House, phone: str) -> None:
        self._house = house
        self._phone = phone

    def slowest_s(self, seconds: float) -> float:
        """Deliver for so long, and say how long the slowest 200 took."""
        until, slowest = time.monotonic() + seconds, 0.0
        while time.monotonic() < until:
            body = self._house.meta.said(self._house.meta.text(self._phone, "Hello"))
            began = time.monotonic()
            assert self._house.deliver(body).status_code == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.05)
        return slowest


@contextlib.contextmanager
def spoken(port: int, said: bytes, *, reads: int = 0) -> Iterator[socket.socket]:
    """A connection to which this was said; ``reads``: bytes that the kernel takes for it where nobody reads."""
    with socket.socket() as sock:
        sock.settimeout(_PATIENCE_S)
        if reads:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, reads)
        sock.connect(("127.0.0.1", port))
        sock.sendall(said)
        yield sock


def heard(sock: socket.socket) -> bytes:
    """All that is said until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answer(sock: socket.socket) -> bytes:
    """The first answer to its last byte, whether or not the other side closes then."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += _more(sock)
    head, _, body = said.partition(b"\r\n\r\n")
    length = next(
        int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")
    )
    while len(body) < length:
        body += _more(sock)
    return head + b"\r\n\r\n" + body


def _more(sock: socket.socket) -> bytes:
    data = sock.recv(65536)
    assert data, "closed in the middle of an answer"
    return data


def is_closed(sock: socket.socket, within_s: float) -> bool:
    """Whether the other side closes in so many seconds, saying nothing more."""
    sock.settimeout(within_s)
    try:
        return not sock.recv(1)
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def request(method: str, path: str, *fields: str, body: bytes = b"") -> bytes:
    head = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *fields))
    return head.encode() + b"\r\n\r\n" + body


@contextlib.contextmanager
def _secured(port: int) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as sock,
    ):
        yield sock


def has_certificate(port: int) -> bool:
    """Whether the front door at this port has made itself a certificate by now."""
    try:
        with _secured(port):
            return True
    except OSError:
        return False


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADERS, _SETTINGS, _END_HEADERS = 1, 4, 4


@contextlib.contextmanager
def half_sent_streams(port: int, path: str, count: int) -> Iterator[socket.socket]:
    """One connection of HTTP/2 over TLS with so many requests whose bodies never come (RFC 9113, RFC 7541)."""
    with _secured(port) as sock:
        assert sock.selected_alpn_protocol() == "h2"
        fields = {
            ":method": "POST",
            ":scheme": "https",
            ":authority": f"localhost:{port}",
            ":path": path,
            "content-length": "1000000",
        }
        block = b"".join(_literal(name, value) for name, value in fields.items())
        sock.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, b""))
        for stream in range(1, 2 * count, 2):
            sock.sendall(_frame(_HEADERS, _END_HEADERS, stream, block))
        yield sock


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def _literal(name: str, value: str) -> bytes:
    return b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
