"""Messages that are there: found, sent again, and shown as read."""

from __future__ import annotations

from collections.abc import Callable

from actions.transactions import Transactions
from ground.ids import is_id
from models.actors.actors import Actor
from models.messages import messages, outbound
from models.messages.calls import CALL
from queues.app import MARK_READ, SHOW_TYPING
from schema.directions import INBOUND
from schema.errors import Refused
from schema.requests import ShowRead
from schema.views import MessageView

MESSAGE = "message"


def find(message_id: str) -> MessageView:
    """One message. Raises Refused not_found."""
    view = messages.views([message_id]).get(message_id) if is_id(message_id) else None
    if view is None:
        raise Refused("not_found", f"There is no message {message_id[:60]!r}.")
    return view


class Messages:
    """The verbs. ``call`` tells a sender that something is due."""

    def __init__(self, transactions: Transactions, call: Callable[[], object]) -> None:
        self._transactions = transactions
        self._call = call

    def retry(self, actor: Actor, message_id: str) -> MessageView:
        """Send a failed or unconfirmed message again. Raises Refused: not_found, not_retryable."""
        view = find(message_id)
        with self._transactions.begin(actor) as transaction:
            events = outbound.retry(message_id)
            if not events:
                raise Refused(
                    "not_retryable",
                    f"The message is {view.status}; only failed or unconfirmed ones are sent again.",
                )
            transaction.tell(events)
            transaction.note("message.retry", MESSAGE, message_id, before={"status": view.status})
            transaction.after_commit(self._call)
        return find(message_id)

    def show_read(self, actor: Actor, message_id: str, request: ShowRead) -> MessageView:
        """Show the customer that it was read, or that somebody writes (25 s).

        Raises Refused: not_found, not_inbound.
        """
        view = find(message_id)
        if view.direction != INBOUND or view.wamid is None or view.type == CALL:
            raise Refused("not_inbound", "Only a customer's message can be marked read.")
        with self._transactions.begin(actor) as transaction:
            if not request.typing:  # that somebody types is no deed
                transaction.note("message.read", MESSAGE, message_id)
            transaction.wake(SHOW_TYPING if request.typing else MARK_READ, message_id)
        return view
