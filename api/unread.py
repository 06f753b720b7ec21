"""Bodies nobody read: a refusal that comes early must not close the connection on bytes still arriving."""

from __future__ import annotations

import contextlib
from typing import Any

import falcon

# What the front door lets through, and a little more.
_MOST = 6 * 1024 * 1024
_PIECE = 64 * 1024
_FIRST_REFUSAL = 400


class Unread:
    """Falcon middleware: takes what is left of a request's body off the connection before the answer.

    gunicorn closes after a request whose body is unread, and the kernel then resets the connection: the
    front door, still writing, says 502 and the client never learns of the 401 or 413.
    """

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if resp.status_code < _FIRST_REFUSAL:
            return
        left = _MOST
        # A client that went away in the middle gets no answer anyhow.
        with contextlib.suppress(OSError):
            while left > 0 and (piece := req.stream.read(_PIECE)):
                left -= len(piece)
