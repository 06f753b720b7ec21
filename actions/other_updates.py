"""What Meta sent that became no message: looked at by somebody, and noted."""

from __future__ import annotations

from typing import Any

from actions.transactions import Transactions
from ground.ids import is_id
from models.actors.actors import Actor
from models.ledger import other_updates
from models.ledger.other_updates import Kept
from schema.errors import Refused

OTHER_UPDATE = "other_update"
NOTE = "other_update.note"


def find(update_id: str) -> tuple[Kept, Any]:
    """One, and its body. Raises Refused not_found."""
    update = other_updates.get(update_id) if is_id(update_id) else None
    if update is None:
        raise Refused("not_found", f"There is no other update {update_id[:60]!r}.")
    return update


class OtherUpdates:
    """The verbs."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def note(self, actor: Actor, update_id: str) -> Kept:
        """One was looked at: it raises no alarm any more. Safe to repeat. Raises Refused not_found."""
        find(update_id)
        with self._transactions.begin(actor) as transaction:
            if other_updates.note(update_id):
                transaction.note(NOTE, OTHER_UPDATE, update_id)
        return find(update_id)[0]

    def note_all(self, actor: Actor) -> int:
        """All that are unread were looked at; returns how many."""
        with self._transactions.begin(actor) as transaction:
            count = other_updates.note()
            if count:
                transaction.note(NOTE, OTHER_UPDATE, "all", after={"count": count})
        return count
