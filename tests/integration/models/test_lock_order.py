"""Whoever changes the same rows at once waits for one another, in one order: there is no deadlock."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from faults.expect import eventually
from ground.clock import now
from models import inbound
from models.conversations import conversations
from models.conversations.conversations import Change
from models.database import database, rows
from models.messages import outbound
from models.messages.outbound import Claim, Request
from models.messages.status_moves import News, advance
from schema.statuses import DELIVERED
from tests.integration.models.tables import (
    NOON,
    NUMBER,
    amendment,
    at_once,
    delivery,
    message,
    one,
    status,
    store,
)
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

PEOPLE, KNOWN = 3, 8
numbered = itertools.count()


class Together:
    """People, their conversations, and everybody who changes them. Each of the verbs is a transaction."""

    def __init__(self) -> None:
        for n in range(PEOPLE):
            store(*(self._said(n, f"wamid.{n}.{m}") for m in range(KNOWN)))
        self.threads = [row[0] for row in rows("SELECT id FROM conversation")]
        self._random = random.Random(1)

    def _said(self, person: int, wamid: str) -> Any:
        return message(wamid, customer=Customer(f"1650555{person:04d}", None), direction="echo")

    def _known(self) -> str:
        return f"wamid.{self._random.randrange(PEOPLE)}.{self._random.randrange(KNOWN)}"

    def drain(self) -> None:
        """A batch with all that a batch can have: messages, reactions and statuses."""
        later = NOON + timedelta(days=1, seconds=next(numbered))
        updates = [self._said(n, f"wamid.new.{next(numbered)}") for n in range(PEOPLE)]
        updates += [amendment("reaction", self._known(), emoji="👍", at=later) for _ in range(3)]
        updates += [status(self._known(), word, at=later) for word in ("delivered", "read")]
        self._random.shuffle(updates)
        with database.atomic():
            inbound.persist([delivery(*updates)])

    def change(self) -> None:
        wanted = self._random.choice(("open", "pending", "closed"))
        with database.atomic():
            conversations.change(self._random.choice(self.threads), Change(wanted, False, None, None))

    def read(self) -> None:
        with database.atomic():
            conversations.mark_read(self._random.choice(self.threads))

    def ask(self) -> None:
        with database.atomic():
            conversation = conversations.get(self._random.choice(self.threads))
            assert conversation is not None
            outbound.ask(*conversation, Request("text", {"body": "Hello"}, None, None, None, ""))

    def record(self) -> None:
        """A sender's group of outcomes: one taken, a reaction to a known message, one refused, in any order."""
        keys = [row[0] for row in rows("SELECT id FROM message WHERE direction = 'echo'")]
        claims = [_claim(key, self._known()) for key in self._random.sample(keys, 3)]
        with database.atomic():
            outbound.lock(claims)
            outbound.accepted([(claim, f"wamid.taken.{next(numbered)}") for claim in claims[:2]])
            advance([News(claims[2].message_id, DELIVERED, now())])

    def put_back(self) -> None:
        keys = [row[0] for row in rows("SELECT id FROM message WHERE direction = 'echo'")]
        with database.atomic():
            outbound.put_back([(_claim(key, ""), 1.0) for key in self._random.sample(keys, 5)])


def _claim(key: str, of: str) -> Claim:
    """An attempt to react to the message ``of``."""
    content = {"message_id": of, "emoji": "❤"}
    empty = dict.fromkeys(Claim._fields)
    fields = {
        "message_id": key,
        "phone_number_id": NUMBER,
        "type": "reaction",
        "content": content,
        "created_at": now(),
    }
    return Claim(**(empty | fields | {"lease_until": now()}))  # type: ignore[arg-type]


def deadlocks() -> int:
    rows("SELECT pg_stat_force_next_flush()")
    return int(one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def play(works: Sequence[Callable[[], None]], times: int) -> None:
    """Each work again and again in a thread of its own; raises what any of them raised."""
    turns = itertools.count()

    def again() -> None:
        work = works[next(turns)]
        for _ in range(times):
            work()

    assert at_once(again, len(works)) == [None] * len(works)
    assert deadlocks() == 0


def test_four_people_who_change_a_conversation_do_not_meet_the_drain_in_a_deadlock() -> None:
    together = Together()
    play([together.drain, *[together.change] * 4], 150)


def test_everybody_who_changes_the_same_rows_takes_turns() -> None:
    together = Together()
    play(
        [
            *(together.drain, together.change, together.read, together.ask, together.ask),
            *(together.record, together.record, together.put_back),
        ],
        30,
    )


def test_an_agent_who_writes_into_a_conversation_that_is_being_joined_is_no_deadlock() -> None:
    """Both the new number's message and the news of it are in one batch, while an agent's message is half stored."""
    customer, moved = Customer("16505550001", None), Customer("16505550002", None)
    store(message("wamid.1", customer=customer))
    store(message("wamid.2", customer=moved))
    theirs = one("SELECT conversation_id FROM message WHERE wamid = 'wamid.2'")
    inserted = threading.Event()

    def ask() -> None:
        with database.atomic():
            rows(
                "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status)"
                " VALUES (gen_random_uuid(), %s, %s, 'outbound', 'text', '{}', 'queued')",
                (theirs, NUMBER),
            )
            inserted.set()
            eventually(lambda: one("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0)
            conversations.mark_read(theirs)

    def drain() -> None:
        assert inserted.wait(30)
        news = message("wamid.4", customer=customer, type="system", moved_to=moved)
        with database.atomic():
            inbound.persist([delivery(message("wamid.3", customer=moved), news)])

    works = iter((ask, drain))
    assert at_once(lambda: next(works)(), 2) == [None, None]
    assert deadlocks() == 0
    assert one("SELECT count(DISTINCT conversation_id) FROM message") == 1
