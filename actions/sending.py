"""Sending a message: who it is for, whether it may be sent now, and the row that says it will be.

Once it is committed it goes out whatever happens next: a sender is called after the commit, and the sweep finds what
was not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from actions import template_fit
from actions.conversations import find
from actions.transactions import Transaction, Transactions
from ground.ids import is_id
from models.actors.actors import Actor
from models.conversations import conversations
from models.conversations.conversations import State
from models.messages import messages, outbound, uploads
from models.messages.calls import CALL
from models.messages.outbound import KeyReused
from models.numbers import numbers
from models.people import contacts
from schema import recipients
from schema.errors import Refused, invalid, refuse_wrong
from schema.recipients import Recipient
from schema.requests import SendMessage
from schema.views import ContactView, MessageView
from settings import Settings
from whatsapp.file_types import fits
from whatsapp.inbound.updates import MEDIA_TYPES, REACTION, Customer
from whatsapp.outbound.payloads import problems_of
from whatsapp.templates.definitions import in_lower_case

MESSAGE = "message"
TEMPLATE = "template"


class Once(NamedTuple):
    """What makes a repeated request the same one: its key, and the digest of what it says."""

    key: str | None
    digest: str


class _Asked(NamedTuple):
    """One request under way, by whom."""

    actor: Actor
    request: SendMessage
    content: Any
    once: Once


def problems(fields: dict[str, Any]) -> dict[str, str]:
    """What Meta would refuse of a message, and files of ours that cannot be sent: field -> sentence."""
    kind = fields.get("type")
    if kind is None:
        return {}
    content = fields.get(kind)
    return problems_of(kind, content) or _file_problems(kind, content)


class Sending:
    """The verb. ``call`` tells a sender that something is due."""

    def __init__(self, settings: Settings, transactions: Transactions, call: Callable[[], object]) -> None:
        self._settings = settings
        self._transactions = transactions
        self._call = call

    def send(self, actor: Actor, request: SendMessage, once: Once) -> MessageView:
        """Queue a message; one that was queued before with the same key is answered as it stands.

        Raises Refused: invalid, not_found, window_closed, opted_out, idempotency_key_reused.
        """
        refuse_wrong(problems({"type": request.type, request.type: getattr(request, request.type, None)}))
        content = in_lower_case(request.content) if request.type == TEMPLATE else request.content
        asked = _Asked(actor, request, content, once)
        try:
            return self._send(asked)
        except outbound.Joined:
            # Joined with another conversation in between: now that one is found, or named.
            return self._send(asked)

    def _send(self, asked: _Asked) -> MessageView:
        recipient, request = asked.request.recipient, asked.request
        with self._transactions.begin(asked.actor) as transaction:
            if recipient is not None:
                state, contact = self._open(recipient, request.phone_number_id)
            else:
                state, contact = find(str(request.conversation_id))
            _check_recipient_type(request, contact)
            return self._queue(transaction, asked, state, contact)

    def _queue(
        self, transaction: Transaction, asked: _Asked, state: State, contact: ContactView
    ) -> MessageView:
        request = asked.request
        fit = template_fit.look(state.phone_number_id, asked.content) if request.type == TEMPLATE else None
        try:
            view, events = outbound.ask(state, contact, _queued(asked, state, fit))
        except KeyReused:
            raise Refused(
                "idempotency_key_reused",
                "This Idempotency-Key was used before with another request; make a new key for a new message.",
            ) from None
        if events:
            # After the key, so that a repeated request is answered as the first was. Raising undoes the insert.
            _check_window(state, request.type)
            if fit is not None:
                fit.check(contact.id)
            transaction.tell(events)
            transaction.note(
                "message.send", MESSAGE, view.id, after={"type": view.type, "conversation_id": state.id}
            )
            transaction.after_commit(self._call)
        return view

    def _open(self, recipient: Recipient, phone_number_id: str | None) -> tuple[State, ContactView]:
        """The conversation with somebody named by phone or user id, made where there is none."""
        sender = phone_number_id or self._settings.meta.phone_number_id or numbers.sole()
        if not sender:
            raise invalid({"phone_number_id": "is missing, and there is no one number to send from."})
        if sender == self._settings.meta.phone_number_id:
            numbers.ensure({sender: (self._settings.meta.account_id, "")})
        elif not numbers.exists(sender):
            raise invalid({"phone_number_id": f"is {sender[:60]!r}, which is no number of ours."})
        contact = contacts.find_or_create(Customer(**recipient._asdict()))
        return find(conversations.ensure([(sender, contact.id)])[sender, contact.id])


def _queued(asked: _Asked, state: State, fit: template_fit.Fit | None) -> outbound.Request:
    request, content = asked.request, asked.content
    return outbound.Request(
        type=request.type,
        content=_with_wamid(state, content) if request.type == REACTION else content,
        reply_to=_quoted(state, request.quoted),
        agent_id=asked.actor.agent_id,
        idempotency_key=asked.once.key,
        digest=asked.once.digest,
        preview=fit.preview(content) if fit is not None else "",
        client_reference=request.reference,
    )


def _check_recipient_type(request: SendMessage, contact: ContactView) -> None:
    """Raise Refused ``invalid`` where somebody else is meant than a conversation is with."""
    kind = request.recipient_type
    right = recipients.GROUP if contact.group_id else recipients.INDIVIDUAL
    if kind not in (None, right):
        raise invalid({"recipient_type": f"is {kind}, but this conversation's is {right}."})


def _quoted(state: State, quoted: tuple[str, str] | None) -> str | None:
    """The id of the message that is answered, named by its id or its wamid in the field of this path."""
    if quoted is None:
        return None
    path, name = quoted
    pair = state.phone_number_id, name
    message_id = name if is_id(name) else messages.by_wamid([pair]).get(pair)
    if message_id is None:
        raise invalid({path: "is no message of this conversation."})
    _find_quoted(state, message_id, path)
    return message_id


def _find_quoted(state: State, message_id: str, path: str) -> str:
    """The wamid of a message of this conversation that is quoted or reacted to."""
    quoted = messages.views([message_id]).get(message_id)
    if quoted is None or quoted.conversation_id != state.id:
        raise invalid({path: "is no message of this conversation."})
    if quoted.type == CALL:
        raise invalid({path: "is a call; only messages can be quoted."})
    if quoted.wamid is None:
        raise invalid({path: "is a message WhatsApp does not know yet; wait until it is sent."})
    return quoted.wamid


def _with_wamid(state: State, content: Any) -> Any:
    """A reaction names the message by our id or by its wamid; Meta wants the wamid."""
    target = content["message_id"]
    if is_id(target):
        target = _find_quoted(state, target, "reaction.message_id")
    elif messages.by_wamid([(state.phone_number_id, target)]) == {}:
        raise invalid({"reaction.message_id": "is no message of this conversation."})
    return {**content, "message_id": target}


def _check_window(state: State, kind: str) -> None:
    if kind == TEMPLATE or state.window().open:
        return
    raise Refused(
        "window_closed",
        "The customer has not written in the last 24 hours, so WhatsApp takes only a template message.",
        expires_at=state.window_expires_at,
    )


def _file_problems(kind: str, content: Any) -> dict[str, str]:
    """An id of ours must be of an uploaded file that may be sent so; any other id is Meta's, and Meta's to judge."""
    sentences = {f"{path}.id": _file_problem(use, key) for path, use, key in _files(kind, content, kind)}
    return {path: sentence for path, sentence in sentences.items() if sentence}


def _files(kind: str, content: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Each file named by an id of our form, wherever it stands: its path, what it is sent as, the id."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _files("", item, f"{path}[{index}]")
    if not isinstance(content, dict):
        return
    key = content.get("id")
    if kind in MEDIA_TYPES and isinstance(key, str) and is_id(key):
        yield path, kind, key
    for name, part in content.items():
        yield from _files(name, part, f"{path}.{name}")


def _file_problem(use: str, key: str) -> str:
    file = uploads.find(key)
    if file is None:
        return f"is {key}, which is no uploaded file; POST /api/v1/media gives you one."
    if not fits(use, file.mime_type):
        return f"is a file of type {file.mime_type}, which cannot be sent as {use}."
    return ""
