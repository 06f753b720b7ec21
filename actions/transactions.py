"""The one transaction of a verb: what it changes, the events that tell of it and the audit row are committed together,
and only then anybody is told or woken."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from models.actors.actors import Actor
from models.database import database
from models.ledger import audit
from models.ledger.audit import Entry
from queues.wake import wake
from schema.events import Event

Tell = Callable[[Sequence[Event]], object]
Wake = Callable[..., bool]


class Transaction:
    """What a verb has at hand while its transaction is open."""

    def __init__(self, actor: Actor, tell: Tell, wake: Wake) -> None:
        self.actor = actor
        self._tell = tell
        self._wake = wake
        self._entries: list[Entry] = []
        self._events: list[Event] = []

    def tell(self, events: Sequence[Event]) -> None:
        """Events of this transaction, published after its commit."""
        self._events += events

    def note(
        self, verb: str, subject: str, subject_id: str, *, before: Any = None, after: Any = None
    ) -> None:
        """What the actor did, for the audit table."""
        self._entries.append(Entry(verb, subject, subject_id, before, after))

    def wake(self, task: str, *ids: str) -> None:
        """Call a task of this name once all is committed."""
        self.after_commit(lambda: self._wake(task, *ids))

    def after_commit(self, call: Callable[[], object]) -> None:
        database.after_commit(call)

    def close(self) -> None:
        """Write what was done and what is told. The events last: who writes them holds up all who write others."""
        audit.write(self.actor, self._entries)
        if self._events:
            self._tell(self._events)


class Transactions:
    """Begins them. ``tell`` takes the events inside of a transaction and publishes them after its commit; ``wake``
    calls a task by its name and tells whether the call was made."""

    def __init__(self, tell: Tell, wake: Wake = wake) -> None:
        self._tell = tell
        self.wake = wake

    @contextlib.contextmanager
    def begin(self, actor: Actor) -> Iterator[Transaction]:
        """One transaction of this actor's. Whatever is raised in it undoes all of it."""
        with database.atomic():
            transaction = Transaction(actor, self._tell, self.wake)
            yield transaction
            transaction.close()
