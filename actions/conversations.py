"""Conversations: found, changed, and read."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from actions.transactions import Transaction, Transactions
from ground.ids import is_id
from models.actors import agents
from models.actors.actors import Actor
from models.conversations import conversations
from models.conversations.conversations import Change, State
from models.messages import messages
from models.people import number_changes
from queues.app import MARK_READ
from schema.errors import Refused, refuse_wrong
from schema.requests import ChangeConversation
from schema.views import ContactView, ConversationView

CONVERSATION = "conversation"


def find(conversation_id: str) -> tuple[State, ContactView]:
    """A conversation and whom it is with. Raises Refused not_found, with ``merged_into`` where it was joined with
    another."""
    known = is_id(conversation_id)
    conversation = conversations.get(conversation_id) if known else None
    if conversation is not None:
        return conversation
    home = number_changes.merged_into(conversation_id) if known else None
    if home is None:
        raise Refused("not_found", f"There is no conversation {conversation_id[:60]!r}.")
    message = f"The conversation {conversation_id} was joined with {home} when its customer changed number; use that."
    raise Refused("not_found", message, merged_into=home)


def whole(state: State, contact: ContactView) -> ConversationView:
    """The conversation with its last message, as a client sees it."""
    return state.view(contact, messages.last_of([state.id]).get(state.id))


def problems(fields: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a change besides its form: field -> sentence."""
    assignee_id = fields.get("assignee_id")
    if assignee_id is None or agents.exists(assignee_id):
        return {}
    return {"assignee_id": f"is {assignee_id}, which is no agent; GET /api/v1/agents lists them."}


class Conversations:
    """The verbs. Each raises Refused not_found."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def change(self, actor: Actor, conversation_id: str, request: ChangeConversation) -> ConversationView:
        """Its status, who answers it, its labels. Raises Refused invalid too."""
        refuse_wrong(problems({"assignee_id": request.assignee_id} if request.assignee_id else {}))
        with self._transactions.begin(actor) as transaction:
            before, _ = find(conversation_id)
            changed = conversations.change(conversation_id, _wanted(request))
            state, contact = _after(transaction, changed, conversation_id)
            if changed:
                transaction.note(
                    "conversation.change",
                    CONVERSATION,
                    conversation_id,
                    before=_values_of(before, request),
                    after=_values_of(state, request),
                )
        return whole(state, contact)

    def read(self, actor: Actor, conversation_id: str) -> ConversationView:
        """Zero the unread count, and mark the newest message of the customer read on WhatsApp."""
        with self._transactions.begin(actor) as transaction:
            changed = conversations.mark_read(conversation_id) if is_id(conversation_id) else False
            state, contact = _after(transaction, changed, conversation_id)
            if changed:
                transaction.note("conversation.read", CONVERSATION, conversation_id)
                if newest := messages.newest_inbound(conversation_id):
                    transaction.wake(MARK_READ, newest)
        return whole(state, contact)


def _wanted(request: ChangeConversation) -> Change:
    assigned = request.assignee_id is not UNSET
    return Change(
        request.status or None,
        assigned,
        request.assignee_id or None,
        None if request.labels is UNSET else list(dict.fromkeys(request.labels)),
    )


def _values_of(state: State, request: ChangeConversation) -> dict[str, Any]:
    """How the conversation stands in what was asked to change."""
    return {
        name: getattr(state, name)
        for name in request.__struct_fields__
        if getattr(request, name) is not UNSET
    }


def _after(transaction: Transaction, changed: bool, conversation_id: str) -> tuple[State, ContactView]:
    """The conversation as it is, told where it changed.

    Read after the change, whose lock keeps out a new name of the contact: read before, it would go out with a
    revision that makes the news of that name look old.
    """
    conversation = find(conversation_id)
    if changed:
        transaction.tell(conversations.updates([conversation]))
    return conversation
