"""Browsers on pages of another origin (Fetch standard, HTTP-CORS protocol).

Falcon's own middleware knows lists of origins only, and lets whatever refuses a request early refuse its preflight
too. A preflight carries no credentials by definition, and asks of no resource anything, so it is answered before
anybody looks at it.
"""

from __future__ import annotations

from typing import Any

import falcon

from ground.origins import may_come
from settings import Settings

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_EXPOSED = "Content-Disposition, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate"
# The longest that browsers keep an answer; Chromium's own bound is two hours.
_KEPT_S = 7200


class CrossOrigin:
    """Falcon middleware, the first of all: answers preflights, and names the pages that may read an answer."""

    def __init__(self, settings: Settings) -> None:
        self._origins = settings.origins
        self._development = settings.development

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if not _is_preflight(req):
            return
        resp.status = falcon.HTTP_204
        resp.complete = True
        if self._allows(req):
            resp.set_header("Access-Control-Allow-Methods", _METHODS)
            asked = req.get_header("Access-Control-Request-Headers")
            if asked:
                resp.set_header("Access-Control-Allow-Headers", asked)
            resp.set_header("Access-Control-Max-Age", str(_KEPT_S))

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        origin = req.get_header("Origin")
        if origin is None:
            return
        # A cache between us must not give one page what was answered to another.
        resp.append_header("Vary", "Origin")
        if self._allows(req):
            resp.set_header("Access-Control-Allow-Origin", origin)
            resp.set_header("Access-Control-Allow-Credentials", "true")
            resp.set_header("Access-Control-Expose-Headers", _EXPOSED)

    def _allows(self, req: falcon.Request) -> bool:
        return may_come(req.get_header("Origin") or "", self._origins, self._development)


def _is_preflight(req: falcon.Request) -> bool:
    asked = req.get_header("Access-Control-Request-Method")
    return req.method == "OPTIONS" and asked is not None and req.get_header("Origin") is not None
