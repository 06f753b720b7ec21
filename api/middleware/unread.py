"""Bodies nobody read: the front door is told, for it has to close the client's connection then."""

from __future__ import annotations

from typing import Any

import falcon

from api.server.wire import came_whole

HEADER, UNREAD = "Parley-Body", "unread"
"""For the front door alone, which takes the header off (Caddyfile)."""
_FIRST_REFUSAL = 400


class Unread:
    """Falcon middleware: says so where a request is refused of which more was on its way.

    Nothing of it is read here: the connection to this process closes (api/server/worker.py), and so does the client's,
    once it has the answer. Left open, it would have to be read to the end of the body, as slowly as the client likes.
    """

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if resp.status_code >= _FIRST_REFUSAL and not came_whole(req):
            resp.set_header(HEADER, UNREAD)
