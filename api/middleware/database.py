"""The thread's connection to Postgres, given back to the pool after each request."""

from __future__ import annotations

from typing import Any

import falcon

from models import database


class DatabaseRelease:
    """Falcon middleware."""

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        database.release()
