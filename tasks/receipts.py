"""Showing a customer that a message was read, or that somebody writes. No loss where it fails."""

from __future__ import annotations

import threading

from models.database import release
from models.messages import messages
from tasks.graph_lines import Lines
from whatsapp.outbound.payloads import read_body

# Of the sender's 16 threads, so that slow receipts do not keep it from hearing of messages.
_AT_ONCE = 4


class Busy(Exception):
    """As many receipts as may be are being shown already."""


class Receipts:
    """Threads may share it."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def show(self, message_id: str, *, typing: bool) -> None:
        """One call to Meta; none where the message is no customer's. Raises Busy, or whatsapp's GraphFault."""
        view = messages.views([message_id]).get(message_id)
        if view is None or view.wamid is None:
            return
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            graph = self._lines.of(view.phone_number_id).graph
            release()
            graph.mark_read(view.phone_number_id, read_body(view.wamid, typing=typing))
        finally:
            self._places.release()
