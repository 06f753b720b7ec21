"""POST /{version}/{phone-number-id}/messages."""

from __future__ import annotations

import falcon

from sandbox.desk import Desk, recipient_of
from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.errors import GraphError, unknown_object
from sandbox.webhooks.updates import Business
from sandbox.wire import Gate, graph_json


class Messages:
    """Takes messages and read receipts, or fails as ordered."""

    def __init__(
        self, gate: Gate, business: Business, desk: Desk, faults: FaultBook, play: FaultPlay
    ) -> None:
        self._gate = gate
        self._business = business
        self._desk = desk
        self._faults = faults
        self._play = play

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._gate.check(req, version)
        if node != self._business.phone_number_id:
            raise unknown_object(node)
        body = graph_json(req)
        fault = self._faults.take("messages", _named_in(body))
        if fault is None or fault.accept:
            resp.media = self._desk.take(body, fault)
        if fault is not None:
            self._play.act(fault, req, resp)


def _named_in(body: dict[str, object]) -> str:
    """Whom a request names, for faults; a request that names nobody well is judged later."""
    try:
        return recipient_of(body)
    except GraphError:
        return ""
