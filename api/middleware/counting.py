"""What became of each request, counted (health/tally.py)."""

from __future__ import annotations

import falcon

from api.resource import Resource
from health.tally import ACCEPTED, REQUESTS, WEBHOOKS, Tally


class Counting:
    """Falcon middleware: requests by class of status, deliveries by outcome."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Resource | None, req_succeeded: bool
    ) -> None:
        status = resp.status_code
        self._tally.count(REQUESTS, f"{status // 100}xx")
        if req.method == "POST" and resource is not None and resource.takes_deliveries:
            refusal = getattr(resp.context, "error_code", "internal")
            self._tally.count(WEBHOOKS, ACCEPTED if status == 200 else refusal)
