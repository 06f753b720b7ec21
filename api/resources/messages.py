"""Sending a message, looking at one, sending one again, and showing that one was read."""

from __future__ import annotations

import falcon
import msgspec

from actions import messages, sending
from actions.messages import Messages
from actions.sending import Once, Sending
from api import answers, bodies
from api.resource import Resource
from api.security.rate_limits import Quotas
from ground.digest import digest
from schema import reading
from schema.requests import SendMessage, ShowRead

_KEY_LONGEST = 255


class MessagesResource(Resource):
    """``/messages/send`` and ``/messages/{message_id}``."""

    def __init__(self, sending: Sending, messages: Messages, quotas: Quotas) -> None:
        self._sending = sending
        self._messages = messages
        self._quotas = quotas

    def on_post_send(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Queue a message. 202 means it is committed, and will go out whatever happens next."""
        self._quotas.send(req, resp)
        key = req.get_header("Idempotency-Key")
        body = bodies.read_object(req)
        request = reading.read(SendMessage, body, lambda found: sending.problems(found) | _key_problems(key))
        # Of the request's meaning: the same fields in another order are the same request.
        once = Once(key, digest(msgspec.json.encode(body, order="sorted")))
        answers.write(resp, self._sending.send(req.context.actor, request, once), 202)

    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        answers.write(resp, messages.find(message_id))

    def on_post_retry(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        """Send a failed or unconfirmed message again."""
        answers.write(resp, self._messages.retry(req.context.actor, message_id), 202)

    def on_post_read(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        """Show the customer that a message was read, and with ``typing`` that somebody writes (25 s)."""
        request = bodies.read(req, ShowRead)
        answers.write(resp, self._messages.show_read(req.context.actor, message_id, request), 202)


def _key_problems(key: str | None) -> dict[str, str]:
    if key is None or (0 < len(key) <= _KEY_LONGEST and key.isascii() and key.isprintable()):
        return {}
    return {"Idempotency-Key": f"must be 1 to {_KEY_LONGEST} printable ASCII characters."}
