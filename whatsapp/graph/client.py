"""Messages by way of Graph: one call, one outcome. Raises whatsapp.graph.transport's Refused and Unconfirmed."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from whatsapp.graph.transport import Answer, Refused, Transport, Unconfirmed, refusal

__all__ = ["Accepted", "GraphClient", "Refused", "Unconfirmed"]


class Accepted(NamedTuple):
    """Meta took the message: its wamid, and accepted | held_for_quality_assessment | paused."""

    wamid: str
    message_status: str


class GraphClient:
    """The messages edge of the Cloud API. Threads may share it."""

    def __init__(self, transport: Transport, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s

    def send(self, phone_number_id: str, body: dict[str, Any]) -> Accepted:
        """POST a message. Raises Refused or Unconfirmed."""
        return _accepted(self._post(phone_number_id, body))

    def mark_read(self, phone_number_id: str, body: dict[str, Any]) -> None:
        """POST a read receipt. Raises Refused or Unconfirmed; both may be tried again: it changes nothing twice."""
        self._post(phone_number_id, body)

    def _post(self, phone_number_id: str, body: dict[str, Any]) -> Answer:
        data = msgspec.json.encode(body)
        path = f"{phone_number_id}/messages"
        answer = self._transport.call("POST", path, self._timeout_s, data, "application/json")
        if answer.status != 200:
            raise refusal(answer)
        return answer


def _accepted(answer: Answer) -> Accepted:
    try:
        message = msgspec.json.decode(answer.body)["messages"][0]
        return Accepted(str(message["id"]), str(message.get("message_status") or "accepted"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError, AttributeError):
        raise Unconfirmed("Meta answered 200 with something that names no message") from None
