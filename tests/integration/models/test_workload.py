"""What waits in Postgres, counted and aged."""

from __future__ import annotations

import pytest

from ground.ids import new_id
from models import workload
from models.database import database, rows
from models.ledger import dead_letters
from models.numbers import holds
from models.workload import Workload
from tests.integration.models.tables import NUMBER, amendment, message, one, status, store
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


def conversation(phone: str) -> str:
    store(message(f"wamid.{phone}", customer=Customer(phone, None, "Somebody")))
    sql = "SELECT v.id FROM conversation v JOIN contact c ON c.id = v.contact_id WHERE c.phone = %s"
    return str(one(sql, phone))


def outgoing(conversation_id: str, state: str, age_s: float, due_s: float) -> None:
    """A message of ours, asked for so many seconds ago and due since so many."""
    rows(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status, created_at,"
        " next_attempt_at) VALUES (%s, %s, %s, 'outbound', 'text', '{}', %s, now() - make_interval(secs => %s),"
        " now() - make_interval(secs => %s))",
        (new_id(), conversation_id, NUMBER, state, age_s, due_s),
    )


def test_an_empty_house_has_nothing_waiting() -> None:
    assert workload.measure() == Workload()


def test_messages_on_their_way_out_are_counted_by_state_and_aged() -> None:
    ada, bob = conversation("16505550101"), conversation("16505550102")
    outgoing(ada, "sending", age_s=500, due_s=490)
    outgoing(ada, "queued", age_s=400, due_s=400)
    outgoing(bob, "queued", age_s=100, due_s=90)
    outgoing(bob, "unconfirmed", age_s=9000, due_s=9000)
    outgoing(bob, "read", age_s=9000, due_s=9000)
    measured = workload.measure()
    assert (measured.queued, measured.sending, measured.unconfirmed) == (2, 1, 1)
    assert measured.unsent_s == pytest.approx(500, abs=5)


def test_only_the_first_of_a_conversation_can_be_due() -> None:
    ada, bob = conversation("16505550101"), conversation("16505550102")
    outgoing(ada, "queued", age_s=500, due_s=-60)  # waits for its next attempt, and those behind it with it
    outgoing(ada, "queued", age_s=400, due_s=400)
    assert workload.measure().due_s == 0
    outgoing(bob, "queued", age_s=100, due_s=90)
    assert workload.measure().due_s == pytest.approx(90, abs=5)


def test_dead_letters_files_and_early_news_are_counted() -> None:
    conversation("16505550101")
    dead_letters.bury_delivery("stream entry 1-1", b"{}", "unreadable")
    dead_letters.bury_send(one("SELECT id FROM message"), "given up")
    dead_letters.bury_send(new_id(), "given up, and tried again")
    dead_letters.note_replayed(one("SELECT id FROM dead_letter ORDER BY id DESC LIMIT 1"))
    store(status("wamid.unknown"), amendment("reaction", "wamid.unknown", emoji="+"))
    store(message("wamid.picture", type="image", content={"id": "1234", "mime_type": "image/png"}))
    measured = workload.measure()
    assert (measured.dead_inbound, measured.dead_outbound) == (1, 1)
    assert (measured.parked, measured.files) == (2, 1)


def test_held_numbers_are_counted() -> None:
    conversation("16505550101")
    with database.atomic():
        holds.put(
            NUMBER, GraphProblem(190, "Expired", "", ErrorClass.AUTH), lambda times: 60.0, on_trial=False
        )
    assert workload.measure().held_numbers == 1
