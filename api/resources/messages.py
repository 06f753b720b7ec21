"""Sending a message, looking at one, sending one again, and showing that one was read."""

from __future__ import annotations

import falcon
import msgspec

from actions import messages, sending
from actions.messages import Messages
from actions.sending import Once, Sending
from api import bodies
from api.operations import operation
from api.resource import Resource
from api.security.rate_limits import Quotas
from ground.digest import digest
from schema.reading import Problems, Valid
from schema.requests import SendMessage, ShowRead
from schema.views import MessageView

_KEY, _KEY_LONGEST = "Idempotency-Key", 255
_IDEMPOTENCY_KEY = {
    "name": _KEY,
    "in": "header",
    "description": "The same key and body give the same message again: a request with one is safe to repeat.",
    "schema": {"type": "string", "minLength": 1, "maxLength": _KEY_LONGEST, "pattern": "^[ -~]+$"},
}


def _key_problems(_: Valid, req: falcon.Request) -> Problems:
    key = req.get_header(_KEY)
    if key is None or (0 < len(key) <= _KEY_LONGEST and key.isascii() and key.isprintable()):
        return {}
    return {_KEY: f"must be 1 to {_KEY_LONGEST} printable ASCII characters."}


class MessagesResource(Resource):
    """``/messages/send`` and ``/messages/{message_id}``."""

    def __init__(self, sending: Sending, messages: Messages, quotas: Quotas) -> None:
        self._sending = sending
        self._messages = messages
        self._quotas = quotas

    @operation(
        "send_message",
        body=SendMessage,
        # Before it is read: nonsense is not for free.
        first=lambda self, req, resp: self._quotas.send(req, resp),
        also=_key_problems,
        besides=sending.problems,
        answer=MessageView,
        status=202,
        errors=("not_found", "window_closed", "opted_out", "idempotency_key_reused"),
        parameters=(_IDEMPOTENCY_KEY,),
    )
    def on_post_send(self, req: falcon.Request, resp: falcon.Response, request: SendMessage) -> MessageView:
        """Queue a message. 202 means it is committed, and will go out whatever happens next.

        Its content stands in the field named by its type, as in the Cloud API.
        """
        # Of the request's meaning: the same fields in another order are the same request.
        meant = msgspec.json.encode(bodies.read_object(req), order="sorted")
        return self._sending.send(req.context.actor, request, Once(req.get_header(_KEY), digest(meant)))

    @operation("get_message", answer=MessageView, errors=("not_found",))
    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> MessageView:
        """One message."""
        return messages.find(message_id)

    @operation("retry_message", answer=MessageView, status=202, errors=("not_found", "not_retryable"))
    def on_post_retry(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> MessageView:
        """Send a failed or unconfirmed message again."""
        return self._messages.retry(req.context.actor, message_id)

    @operation(
        "show_message_read",
        body=ShowRead,
        answer=MessageView,
        status=202,
        errors=("not_found", "not_inbound"),
    )
    def on_post_read(
        self, req: falcon.Request, resp: falcon.Response, message_id: str, request: ShowRead
    ) -> MessageView:
        """Show the customer that a message was read, and with ``typing`` that somebody writes (25 s)."""
        return self._messages.show_read(req.context.actor, message_id, request)
