"""Trying again what was given up. Safe to repeat."""

from __future__ import annotations

from actions.announcing import Announcer
from models.database import database
from models.ledger import dead_letters, parked
from models.ledger.dead_letters import Letter
from models.messages import outbound
from queues.app import PERSIST
from queues.inbox import Inbox
from queues.outbox import Outbox
from queues.wake import wake


class Replay:
    """Puts dead letters back on their way. Raises redis.RedisError and InboxFull for deliveries."""

    def __init__(self, inbox: Inbox, outbox: Outbox, announcer: Announcer) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._announcer = announcer

    def one(self, letter_id: str) -> Letter | None:
        """Try one again; returns it as it stands then, or None where the id is unknown."""
        found = dead_letters.get(letter_id)
        if found is None:
            return None
        letter, body = found
        if letter.message_id is not None:
            self._send_again(letter_id, letter.message_id)
        elif body is not None and not self._park_again(letter_id, body):
            self._deliver_again(letter_id, body)
        again = dead_letters.get(letter_id)
        return again[0] if again else None

    def every(self) -> int:
        """Try all that wait again, oldest first; returns how many."""
        ids = dead_letters.waiting_ids()
        for letter_id in ids:
            self.one(letter_id)
        return len(ids)

    def _deliver_again(self, letter_id: str, body: bytes) -> None:
        # Marked first: should it be buried again, that unmarks it, and must not be overtaken by us.
        dead_letters.note_replayed(letter_id)
        if self._inbox.append(body):
            wake(PERSIST)

    def _park_again(self, letter_id: str, body: bytes) -> bool:
        with database.atomic():
            if restored := parked.restore(body):
                dead_letters.note_replayed(letter_id)
        return restored

    def _send_again(self, letter_id: str, message_id: str) -> None:
        with database.atomic():
            dead_letters.note_replayed(letter_id)
            self._announcer.announce(outbound.retry(message_id))
            database.after_commit(self._outbox.call)
