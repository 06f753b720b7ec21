"""gunicorn's threads, behind a poller that has all of a request before a thread sees any of it.

A thread that waits for a stranger's bytes is a thread a webhook does not get: sixteen half-sent requests would stop a
process of sixteen threads. Here the poller receives, without waiting for anybody; it also sees a closed connection to
its end, which gunicorn does for up to 2 s in the thread that accepts. (docs/decisions/0016)

Whoever sends too slowly is told ``too_slow``; where too much waits, who has waited longest makes room.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import resource
import socket
import sys
import termios
import time
from concurrent.futures import Future
from functools import partial
from itertools import islice
from typing import Any

import msgspec
from gunicorn.errors import ConfigError
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.middleware.unread import HEADER, UNREAD
from api.server.arrival import HEAD_LARGEST, Arrival, State
from api.server.wire import ANSWER_S, Receiver, WireBody
from schema.errors import CODES
from settings import Settings

_FEWEST_CONNECTIONS, _MOST_CONNECTIONS, _OTHER_FILES = 100, 4000, 200
HEAD_S, WHOLE_S, LINGER_S = 10.0, 20.0, 2.0
MOST_HELD = 64 * 1024 * 1024
"""Bytes of unfinished requests in one process."""
_DISCARDED = 8 * 1024 * 1024
_PIECE = 64 * 1024
_ACCEPTED_AT_ONCE, _CLOSED_AT_ONCE = 32, 200
_LOOK_EVERY_S, _TELL_EVERY_S = 0.5, 60.0
# An answer that anybody may ask for fits into what the kernel takes, so no thread waits for it to be read; who has not
# read the last one gets no other.
_ANSWER_ROOM, _MOST_UNTAKEN = 512 * 1024, 64 * 1024
_WEBHOOK = b"/api/v1/whatsapp/webhook"


def connections() -> int:
    """How many connections a process may hold, from how many files it may have open; asks for more of those first."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if allowed < wanted:
        allowed = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, allowed - _OTHER_FILES))


class Worker(ThreadWorker):  # type: ignore[misc]
    """The worker class of api/gunicorn_config.py. All but ``handle`` and below runs in the poller's thread."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        settings = Settings.from_env()
        self._limits = dict.fromkeys((_WEBHOOK, _WEBHOOK + b"/"), settings.limits.webhook_bytes)
        self._usual_limit = settings.limits.request_bytes
        # So that none of them takes the place of the others; and the front door holds 180 KB for each that arrives.
        self._most_arriving, self._most_lingering = self.worker_connections // 4, self.worker_connections // 8
        self.max_keepalived = (
            self.worker_connections - self._most_arriving - self._most_lingering - settings.web.threads
        )
        self._arriving: dict[TConn, _Waiting] = {}
        self._lingering: dict[TConn, _Leaving] = {}
        self._held = 0
        self._turned_away = 0
        self._look_at = self._tell_at = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise ConfigError("TLS is ended by the front door; leave out certfile and keyfile.")
        super().check_config(cfg, log)

    def accept(self, listener: Any) -> None:
        """As many as there are, up to a bound: one a turn would let a crowd hold up whoever comes behind it."""
        for _ in range(_ACCEPTED_AT_ONCE):
            before = self.nr_conns
            super().accept(listener)
            if self.nr_conns == before:
                return

    def enqueue_req(self, conn: TConn) -> None:
        """A connection from which a request is to come, or has begun to."""
        if conn.initialized and _untaken(conn.sock) > _MOST_UNTAKEN:
            self._end(conn)
            return
        conn.sock.setblocking(False)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ANSWER_ROOM)
        self._arriving[conn] = waiting = _Waiting(Arrival(self._most))
        if conn.initialized and (behind := conn.parser.unreader.take_buffered()):
            self._feed(conn, behind)
        if conn in self._arriving:
            self._receive(conn)
        if conn in self._arriving:
            self.poller.register(conn.sock, 1, partial(self._receive, conn))
            waiting.registered = True
        self._make_room()

    def murder_pending(self) -> None:
        """Close what took too long."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY_S
        over = (conn for conn, waiting in self._arriving.items() if waiting.is_over(now, self.alive))
        for conn in list(islice(over, _CLOSED_AT_ONCE)):
            self._turn_away(conn, "too_slow", f"The request was not whole after {WHOLE_S:.0f} s.")
        for conn in [conn for conn, leaving in self._lingering.items() if leaving.until < now]:
            self._end(conn)
        self._tell(now)

    def finish_request(self, conn: TConn, done: Future[Any]) -> None:
        """After an answer: the connection waits for the next request, or is seen to its end."""
        if done.cancelled() or done.exception() is not None or done.result():
            super().finish_request(conn, done)
        else:
            self._linger(conn)

    def handle(self, conn: TConn) -> Any:
        """In a thread: serve the request that is here."""
        conn.data_ready = True
        conn.init()
        conn.parser.unreader.sock = conn.receiver = Receiver(conn.sock)
        conn.parser.unreader.unread(bytes(conn.arrival.data))
        conn.arrival.data.clear()
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """What gunicorn cannot read is refused as everything else is; its own line in the log would quote it."""
        if not isinstance(exc, ParseException) or isinstance(exc, _NOT_THE_CLIENTS):
            super().handle_error(req, client, addr, exc)
            return
        self.log.info("A request could not be read: %s.", type(exc).__name__)
        with contextlib.suppress(OSError):
            client.sendall(_answer(*_refusal_of(exc, self.cfg.limit_request_line)))

    def handle_request(self, req: Any, conn: TConn) -> Any:
        conn.sock.settimeout(ANSWER_S)
        whole = conn.arrival.state is State.WHOLE
        if not whole:
            req.force_close()
        req.body = WireBody(req.body, conn.receiver, came_whole=whole)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.info("A client took no byte of its answer for %.0f s.", ANSWER_S)
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read") from None

    def _keepalive_after(self, conn: TConn, keepalive: Any) -> bool:
        try:
            return bool(super()._keepalive_after(conn, keepalive))
        except Exception:
            return False  # a body nobody read, and nobody can: the answer is out

    def _most(self, path: bytes) -> int:
        return self._limits.get(path, self._usual_limit)

    def _receive(self, conn: TConn, _: Any = None) -> None:
        waiting = self._arriving.get(conn)
        if waiting is None or (data := _received(conn.sock)) is None:
            return
        if data:
            self._feed(conn, data)
        elif waiting.arrival.has_head:
            self._turn_away(conn, "bad_request", "The body ended before its last byte.")
        else:
            self._forget(conn)
            self._end(conn)

    def _feed(self, conn: TConn, data: bytes) -> None:
        waiting = self._arriving[conn]
        self._held += len(data)
        waiting.held += len(data)
        state = waiting.arrival.feed(data)
        if state is State.ENDLESS:
            self._turn_away(conn, "bad_request", f"The head is larger than {HEAD_LARGEST} bytes.")
        elif state is State.COMING:
            waiting.invite(conn.sock)
        else:
            self._forget(conn)
            conn.arrival = waiting.arrival
            super().enqueue_req(conn)

    def _make_room(self) -> None:
        while len(self._arriving) > self._most_arriving or (self._held > MOST_HELD and self._arriving):
            oldest = next(iter(self._arriving))
            self._turn_away(oldest, "busy", "Too many requests are on their way in; send this one again.")

    def _turn_away(self, conn: TConn, code: str, message: str) -> None:
        """Answer from here, and close."""
        waiting = self._forget(conn)
        if waiting.arrival.begun:
            self._turned_away += 1
            with contextlib.suppress(OSError):
                conn.sock.send(_answer(code, message))
        self._linger(conn)

    def _forget(self, conn: TConn) -> _Waiting:
        waiting = self._arriving.pop(conn)
        self._held -= waiting.held
        if waiting.registered:
            self._unregister(conn)
        return waiting

    def _linger(self, conn: TConn) -> None:
        """Say that nothing more comes and wait a moment for the client to close: bytes that are still on their way
        to a closed socket would have the kernel reset the connection, and take the answer along."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, 1, partial(self._discard, conn))
        except (OSError, ValueError, KeyError):
            self._end(conn)
            return
        self._lingering[conn] = _Leaving(time.monotonic() + LINGER_S)
        if len(self._lingering) > self._most_lingering:
            self._end(next(iter(self._lingering)))

    def _discard(self, conn: TConn, _: Any) -> None:
        leaving = self._lingering.get(conn)  # an earlier event of the same turn may have ended it
        if leaving is None or (data := _received(conn.sock)) is None:
            return
        leaving.discarded += len(data)
        if not data or leaving.discarded > _DISCARDED:
            self._end(conn)

    def _end(self, conn: TConn) -> None:
        if self._lingering.pop(conn, None) is not None:
            self._unregister(conn)
        self.nr_conns -= 1
        conn.close()

    def _unregister(self, conn: TConn) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _tell(self, now: float) -> None:
        """One line a minute, however many there are: a stranger shall not fill the log."""
        if self._turned_away and now >= self._tell_at:
            self.log.info("%d requests did not arrive whole and were turned away.", self._turned_away)
            self._turned_away, self._tell_at = 0, now + _TELL_EVERY_S


def _received(sock: socket.socket) -> bytes | None:
    """What is here; None where nothing is yet, and nothing where no more comes."""
    try:
        return sock.recv(_PIECE)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:
        return b""


def _untaken(sock: socket.socket) -> int:
    """Bytes of answers that the client has not taken."""
    try:
        return int.from_bytes(fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0


class _Waiting:
    """A request on its way in, since when, and how many of its bytes are here."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival
        self.held = 0
        self.registered = False
        self._since = time.monotonic()
        self._invited = False

    def is_over(self, now: float, alive: bool) -> bool:
        if not alive and not self.arrival.begun:
            return True
        return now - self._since > (WHOLE_S if self.arrival.has_head else HEAD_S)

    def invite(self, sock: socket.socket) -> None:
        """Ask for the body where the client waits to be asked."""
        if self.arrival.expects_continue and not self._invited:
            self._invited = True
            with contextlib.suppress(OSError):
                sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")


class _Leaving:
    """An answered connection: until when it is kept for the client to close, and what came meanwhile."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.discarded = 0


def _answer(code: str, message: str) -> bytes:
    status = CODES[code][0]
    body = msgspec.json.encode({"error": {"code": code, "message": message}})
    again = "Retry-After: 1\r\n" if status == 503 else ""
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Content-Type-Options: nosniff\r\n{again}{HEADER}: {UNREAD}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


_REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 503: "Service Unavailable"}
_NOT_THE_CLIENTS = (InvalidResponseHeader, InvalidResponseHeaderName, ConfigurationProblem)


def _refusal_of(error: ParseException, longest: int) -> tuple[str, str]:
    """Code and message for what gunicorn's parser refuses."""
    if isinstance(error, LimitRequestLine):
        return "uri_too_long", f"The request line is longer than {longest} bytes; ask for less at once."
    return (
        "bad_request",
        f"The request line or a header is not HTTP as it should be ({type(error).__name__}).",
    )
