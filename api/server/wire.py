"""A body as a thread reads it: it waits for bytes only where it was allowed to, and every way in which reading can
fail is an error that the client is told, in one line of the log.

The worker (api/server/worker.py) hands a request to a thread once all of it is here. Only what is larger than may wait
there comes in part: it is refused unread, or it is an upload, which may wait (``wait_for``).
"""

from __future__ import annotations

import socket
import time
from typing import Any

import falcon
import structlog
from gunicorn.http.errors import NoMoreData, ParseException

from api.errors import ApiError

_log = structlog.get_logger(__name__)

ANSWER_S = 30.0
"""How long a client may take no byte of its answer."""
STALLED_S = 10.0
"""How long a sender may be silent, and the start it has over the slowest pace."""
SLOWEST = 64 * 1024
"""Bytes a second that a body must come with."""


class Receiver:
    """What gunicorn's parser reads from in the place of the socket. Until ``patient`` nothing is waited for: the
    body ends where the bytes that are here end."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._began = 0.0
        self._received = 0
        self.patient = False

    def be_patient(self) -> None:
        self._began, self.patient = time.monotonic(), True

    def recv(self, size: int) -> bytes:
        """Raises TimeoutError where the sender is silent or slower than the slowest pace."""
        if not self.patient:
            return b""
        allowed = STALLED_S + self._received / SLOWEST
        left = min(STALLED_S, self._began + allowed - time.monotonic())
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        try:
            data = self._sock.recv(size)
        finally:
            self._sock.settimeout(ANSWER_S)
        self._received += len(data)
        return data


class WireBody:
    """``wsgi.input``. ``came_whole``: all of it was here before a thread was asked."""

    def __init__(self, body: Any, receiver: Receiver, *, came_whole: bool) -> None:
        self._body = body
        self._receiver = receiver
        self.came_whole = came_whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def read(self, size: int | None = None) -> bytes:
        """Raises ApiError: bad_request, too_large, too_slow."""
        try:
            data: bytes = self._body.read(size)
        except TimeoutError:
            raise _told("too_slow", _SLOW, "slow") from None
        except ParseException as error:
            raise _told("bad_request", _MALFORMED, type(error).__name__) from None
        except (NoMoreData, OSError):
            if not (self.came_whole or self._receiver.patient):
                raise _told("too_large", _LARGE, "large") from None
            raise _told("bad_request", _CUT, "cut") from None
        return data

    def wait_for(self) -> None:
        self._receiver.be_patient()


_CUT = "The body ended before its last byte."
_LARGE = "The body, with what frames its chunks, is larger than this path takes."
_MALFORMED = "The body's chunks are not well formed."
_SLOW = f"The body came slower than {SLOWEST // 1024} KiB a second, or not at all for {STALLED_S:.0f} s."


def _told(code: str, message: str, why: str) -> ApiError:
    _log.info("body_unreadable", why=why)
    return ApiError(code, message)


def wait_for_rest(req: falcon.Request) -> None:
    """Let reads of this request's body wait for what has not come yet, as long as it comes at a fair pace."""
    body = req.env["wsgi.input"]
    if isinstance(body, WireBody):
        body.wait_for()


def came_whole(req: falcon.Request) -> bool:
    """Whether nothing of the request was on its way any more when a thread began to serve it."""
    body = req.env["wsgi.input"]
    return not isinstance(body, WireBody) or body.came_whole
