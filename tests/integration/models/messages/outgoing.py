"""Messages that are asked for, claimed and accepted, as the tests of sending want them."""

from __future__ import annotations

from typing import Any, NamedTuple

from models.conversations import conversations
from models.database import database, rows
from models.messages import messages, outbound
from models.messages.outbound import Claim, Request
from models.numbers import numbers
from models.people import contacts
from tests.integration.models.tables import KERRY, NUMBER
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

BUSY = GraphProblem(130429, "Rate limit hit", "Slow down", ErrorClass.THROTTLED_NUMBER)
GONE = GraphProblem(131026, "Undeliverable", "No such user", ErrorClass.RECIPIENT)
LEASE_S, GRACE_S = 60.0, 300.0


class Thread(NamedTuple):
    """A conversation to write in."""

    id: str
    state: Any
    contact: Any


def thread(customer: Customer = KERRY) -> Thread:
    numbers.ensure({NUMBER: ("1", "15550100001")})
    person = contacts.find_or_create(customer)
    key = conversations.ensure([(NUMBER, person.id)])[NUMBER, person.id]
    conversation = conversations.get(key)
    assert conversation is not None
    return Thread(key, *conversation)


def ask(to: Thread, words: str = "Hello", **more: Any) -> Any:
    """Queue a text; returns the message and the events."""
    fields: dict[str, Any] = {"reply_to": None, "agent_id": None, "idempotency_key": None, "digest": words}
    with database.atomic():
        return outbound.ask(to.state, to.contact, Request("text", {"body": words}, **(fields | more)))


def claim(most: int = 10) -> list[Claim]:
    with database.atomic():
        return outbound.claim_due(NUMBER, most, LEASE_S)


def claimed() -> Claim:
    (only,) = claim()
    return only


def accept(taken: Claim, wamid: str) -> Any:
    return done(outbound.accepted, [(taken, wamid)])


def numbers_due() -> list[str]:
    return [line.phone_number_id for line in outbound.lines()]


def done(work: Any, *arguments: Any) -> Any:
    with database.atomic():
        return work(*arguments)


def view(key: str) -> Any:
    return messages.views([key])[key]


def late_claim() -> Claim:
    """One that a sweep has given up as unconfirmed."""
    late = claimed()
    rows("UPDATE message SET lease_until = now() - interval '1 s' WHERE id = %s", (late.message_id,))
    done(outbound.expire_leases, GRACE_S)
    return late
