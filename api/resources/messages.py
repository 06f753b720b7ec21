"""Sending a message, looking at one, and sending one again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import falcon

from actions.announcing import Announcer
from api import answers, bodies, cloudbody, recipient
from api.bodies import Fields
from api.cloudbody import Quote
from api.errors import ApiError
from api.resources import templates
from api.resources.conversations import find
from api.security.rate_limits import Quotas
from ground.digest import digest
from ground.ids import is_id
from models.conversations import conversations
from models.conversations.conversations import State
from models.database import database
from models.messages import messages, outbound, uploads
from models.messages.calls import CALL
from models.messages.outbound import KeyReused, Request
from models.numbers import numbers
from models.people import contacts
from queues.app import MARK_READ, SHOW_TYPING
from queues.outbox import Outbox
from queues.wake import wake
from schema.views import ContactView, MessageView
from settings import Settings
from whatsapp.file_types import fits
from whatsapp.inbound.updates import INBOUND, MEDIA_TYPES, REACTION, Customer
from whatsapp.outbound.payloads import problems_of
from whatsapp.templates.definitions import in_lower_case

TEMPLATE = "template"
_KEY_LONGEST = 255


def find_message(message_id: str) -> MessageView:
    """The message of a path. Raises ApiError not_found."""
    view = messages.views([message_id]).get(message_id) if is_id(message_id) else None
    if view is None:
        raise ApiError("not_found", f"There is no message {message_id[:60]!r}.")
    return view


class SendResource:
    """POST: queue a message. 202 means it is committed, and will go out whatever happens next."""

    def __init__(self, settings: Settings, announcer: Announcer, outbox: Outbox, quotas: Quotas) -> None:
        self._settings = settings
        self._announcer = announcer
        self._outbox = outbox
        self._quotas = quotas

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._quotas.send(req, resp)
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        kind = fields.text("type", required=True, longest=60)
        content = fields.value(kind) if kind else None
        key = _idempotency_key(req, fields)
        cloudbody.check_product(fields)
        quote, reference = cloudbody.quote(fields), cloudbody.reference(fields)
        recipient_type = recipient.kind(fields)
        customer, conversation_id = recipient.named(fields, recipient_type)
        phone_number_id = fields.text("phone_number_id")
        if kind:
            fields.wrong(problems_of(kind, content) or _file_problems(kind, content))
        fields.check()
        if kind == TEMPLATE and isinstance(content, dict):
            content = in_lower_case(content)
        request = Request(
            kind or "",
            content,
            None,
            req.context.agent.id,
            key,
            _digest(fields),
            client_reference=reference,
        )

        def ask() -> MessageView:
            with database.atomic():
                if customer is not None:
                    state, who = self._open(customer, phone_number_id)
                else:
                    state, who = find(str(conversation_id))
                recipient.check(recipient_type, who)
                return self._queue(state, who, request._replace(reply_to=_quoted(state, quote)))

        answers.write(resp, _asked(ask), 202)

    def _queue(self, state: State, who: ContactView, request: Request) -> MessageView:
        if request.type == REACTION:
            request = _with_wamid(state, request)
        fit = templates.look(state.phone_number_id, request.content) if request.type == TEMPLATE else None
        if fit is not None:
            request = request._replace(preview=fit.preview(request.content))
        try:
            view, events = outbound.ask(state, who, request)
        except KeyReused:
            raise ApiError(
                "idempotency_key_reused",
                "This Idempotency-Key was used before with another request; make a new key for a new message.",
            ) from None
        if events:
            # After the key, so that a repeated request is answered as the first was. Raising undoes the insert.
            _check_window(state, request.type)
            if fit is not None:
                fit.check(who.id)
            self._announcer.announce(events)
            database.after_commit(self._outbox.call)
        return view

    def _open(self, customer: Customer, phone_number_id: str | None) -> tuple[State, ContactView]:
        """The conversation with somebody named by phone or user id, made where there is none."""
        sender = phone_number_id or self._settings.whatsapp_phone_number_id or numbers.sole()
        if not sender:
            bodies.raise_invalid({"phone_number_id": "is missing, and there is no one number to send from."})
        assert sender is not None
        if sender == self._settings.whatsapp_phone_number_id:
            numbers.ensure({sender: (self._settings.whatsapp_account_id, "")})
        elif not numbers.exists(sender):
            bodies.raise_invalid({"phone_number_id": f"is {sender[:60]!r}, which is no number of ours."})
        who = contacts.find_or_create(customer)
        return find(conversations.ensure([(sender, who.id)])[sender, who.id])


def _asked(ask: Callable[[], MessageView]) -> MessageView:
    """Once more where the conversation was joined with another in between: then that one is found, or named."""
    try:
        return ask()
    except outbound.Joined:
        return ask()


class MessageResource:
    """GET: one message."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        answers.write(resp, find_message(message_id))


class MessageRetryResource:
    """POST: send a failed or unconfirmed message again."""

    def __init__(self, announcer: Announcer, outbox: Outbox) -> None:
        self._announcer = announcer
        self._outbox = outbox

    def on_post(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        view = find_message(message_id)
        with database.atomic():
            events = outbound.retry(message_id)
            self._announcer.announce(events)
            database.after_commit(self._outbox.call)
        if not events:
            raise ApiError(
                "not_retryable",
                f"The message is {view.status}; only failed or unconfirmed ones are sent again.",
            )
        answers.write(resp, find_message(message_id), 202)


class MessageReadResource:
    """POST: show the customer that a message was read, and with ``typing`` that somebody writes (25 s)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_post(self, req: falcon.Request, resp: falcon.Response, message_id: str) -> None:
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        typing = fields.flag("typing")
        fields.check()
        view = find_message(message_id)
        if view.direction != INBOUND or view.wamid is None or view.type == CALL:
            raise ApiError("not_inbound", "Only a customer's message can be marked read.")
        wake(SHOW_TYPING if typing else MARK_READ, message_id)
        answers.write(resp, view, 202)


def _quoted(state: State, quote: Quote | None) -> str | None:
    """The id of the message that is answered, named by its id or its wamid."""
    if quote is None:
        return None
    pair = state.phone_number_id, quote.name
    found = quote.name if is_id(quote.name) else messages.by_wamid([pair]).get(pair)
    if found is None:
        bodies.raise_invalid({quote.path: "is no message of this conversation."})
    else:
        _find_quoted(state, found, quote.path)
    return found


def _idempotency_key(req: falcon.Request, fields: Fields) -> str | None:
    key = req.get_header("Idempotency-Key")
    if key is not None and not (0 < len(key) <= _KEY_LONGEST and key.isascii() and key.isprintable()):
        fields.wrong({"Idempotency-Key": f"must be 1 to {_KEY_LONGEST} printable ASCII characters."})
        return None
    return key


def _digest(fields: Fields) -> str:
    """Of the request's meaning: the same fields in another order are the same request."""
    return digest(fields.canonical())


def _file_problems(kind: str, content: Any) -> dict[str, str]:
    """An id of ours must be of an uploaded file that may be sent so; any other id is Meta's, and Meta's to judge."""
    found = {f"{path}.id": _file_problem(use, key) for path, use, key in _files(kind, content, kind)}
    return {path: sentence for path, sentence in found.items() if sentence}


def _files(kind: str, content: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Each file named by an id of our form, wherever it stands: its path, what it is sent as, the id."""
    if isinstance(content, list):
        for index, each in enumerate(content):
            yield from _files("", each, f"{path}[{index}]")
    if not isinstance(content, dict):
        return
    key = content.get("id")
    if kind in MEDIA_TYPES and isinstance(key, str) and is_id(key):
        yield path, kind, key
    for name, each in content.items():
        yield from _files(name, each, f"{path}.{name}")


def _file_problem(use: str, key: str) -> str:
    file = uploads.find(key)
    if file is None:
        return f"is {key}, which is no uploaded file; POST /api/v1/media gives you one."
    if not fits(use, file.mime_type):
        return f"is a file of type {file.mime_type}, which cannot be sent as {use}."
    return ""


def _find_quoted(state: State, message_id: str, field: str) -> str:
    """The wamid of a message of this conversation that is quoted or reacted to."""
    quoted = messages.views([message_id]).get(message_id)
    if quoted is None or quoted.conversation_id != state.id:
        bodies.raise_invalid({field: "is no message of this conversation."})
    elif quoted.type == CALL:
        bodies.raise_invalid({field: "is a call; only messages can be quoted."})
    elif quoted.wamid is None:
        bodies.raise_invalid({field: "is a message WhatsApp does not know yet; wait until it is sent."})
    else:
        return quoted.wamid
    raise AssertionError("unreachable")


def _with_wamid(state: State, request: Request) -> Request:
    """A reaction names the message by our id or by its wamid; Meta wants the wamid."""
    target = request.content["message_id"]
    if is_id(target):
        target = _find_quoted(state, target, "reaction.message_id")
    elif messages.by_wamid([(state.phone_number_id, target)]) == {}:
        bodies.raise_invalid({"reaction.message_id": "is no message of this conversation."})
    return request._replace(content={**request.content, "message_id": target})


def _check_window(state: State, kind: str) -> None:
    if kind == TEMPLATE or state.window().open:
        return
    raise ApiError(
        "window_closed",
        "The customer has not written in the last 24 hours, so WhatsApp takes only a template message.",
        expires_at=state.window_expires_at,
    )
