"""Threads kept free for webhooks: requests that may wait for Postgres get all places but a few.

A frozen Postgres holds each request until its time limit. Were they to take every thread, Meta's deliveries, which
need no Postgres, would wait behind them. (docs/decisions/0011)
"""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import falcon

from api.errors import busy
from api.resource import Resource

_KEPT_FREE = 4
# A burst of requests is not an outage: while others come and go, one waits this long for its turn.
PATIENCE_S = 0.25


def places(threads: int) -> int:
    """How many of so many threads may wait for Postgres: all but 4, or all but a quarter where that is less."""
    return max(1, threads - min(_KEPT_FREE, max(1, threads // 4)))


class Bulkhead:
    """Falcon middleware: at most ``limit`` requests at once, and 503 ``busy`` for more. Resources whose
    ``needs_database`` is False are not counted.

    A place is given back once the answer is written, be it a file or a page: a slow reader holds a thread too.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._places = threading.Semaphore(limit)
        self._taken_at = 0.0

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: Resource | None, params: Any
    ) -> None:
        if resource is not None and not resource.needs_database:
            return
        if not (self._places.acquire(blocking=False) or (self._moving() and self._wait())):
            raise busy(self._limit)
        self._taken_at = time.monotonic()
        req.context.has_place = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if not getattr(req.context, "has_place", False):
            return
        if req.method == "HEAD" or (answer := _as_stream(resp)) is None:
            self._places.release()
        else:
            resp.stream = _Held(answer, self._places)

    def _moving(self) -> bool:
        """Whether the place taken last was taken just now. Where all have been held for longer, they hang, and
        whoever waited would only hold another thread."""
        return time.monotonic() - self._taken_at < PATIENCE_S

    def _wait(self) -> bool:
        return self._places.acquire(timeout=PATIENCE_S)


def _as_stream(resp: falcon.Response) -> Any:
    """What is to be written, as the file it is or is made here; None where there is nothing."""
    data = resp.render_body()
    if data is None:
        return resp.stream
    resp.text = resp.data = resp.media = None
    resp.content_length = len(data)
    return io.BytesIO(data)


class _Held:
    """An answer on its way to a client, and the place of its request, which is free when it is closed."""

    def __init__(self, file: Any, places: threading.Semaphore) -> None:
        self._file = file
        self._places: threading.Semaphore | None = places

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        places, self._places = self._places, None
        try:
            self._file.close()
        finally:
            if places is not None:
                places.release()
