"""Trying again what was given up. Safe to repeat."""

from __future__ import annotations

from collections.abc import Callable

from actions.transactions import Transaction, Transactions
from ground.ids import is_id
from models.actors.actors import Actor
from models.ledger import dead_letters, parked
from models.ledger.dead_letters import Letter
from models.messages import outbound
from queues.app import PERSIST
from queues.inbox import Inbox, InboxFull
from schema.errors import Refused

DEAD_LETTER = "dead_letter"


def find(letter_id: str) -> tuple[Letter, bytes | None]:
    """One, and its bytes where it is a delivery's. Raises Refused not_found."""
    letter = dead_letters.get(letter_id) if is_id(letter_id) else None
    if letter is None:
        raise Refused("not_found", f"There is no dead letter {letter_id[:60]!r}.")
    return letter


class DeadLetters:
    """The verbs. ``call`` tells a sender that something is due. Raise redis.RedisError for deliveries."""

    def __init__(self, inbox: Inbox, transactions: Transactions, call: Callable[[], object]) -> None:
        self._inbox = inbox
        self._transactions = transactions
        self._call = call

    def replay(self, actor: Actor, letter_id: str) -> Letter:
        """Put one back on its way; returns it as it stands then. Raises Refused: not_found, inbox_full."""
        letter, body = find(letter_id)
        with self._transactions.begin(actor) as transaction:
            # The row is locked until it is on its way: should it be buried again at once, that comes after us. Where
            # it cannot go, it still waits.
            dead_letters.note_replayed(letter_id)
            transaction.note("dead_letter.replay", DEAD_LETTER, letter_id, after={"journey": letter.journey})
            if letter.message_id is not None:
                transaction.tell(outbound.retry(letter.message_id))
                transaction.after_commit(self._call)
            elif body is not None and not parked.restore(body):
                self._deliver_again(transaction, body)
        return find(letter_id)[0]

    def replay_all(self, actor: Actor) -> int:
        """All that wait, oldest first; returns how many. Raises Refused inbox_full."""
        ids = dead_letters.waiting_ids()
        for letter_id in ids:
            self.replay(actor, letter_id)
        return len(ids)

    def _deliver_again(self, transaction: Transaction, body: bytes) -> None:
        try:
            if self._inbox.append(body):
                transaction.wake(PERSIST)
        except InboxFull:
            raise Refused("inbox_full", "Too many webhooks wait to be persisted; try again later.") from None
