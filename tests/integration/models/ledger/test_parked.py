"""News that comes before its message is applied when that is known, whoever learns of it, however much else waits."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest

from ground.clock import now
from models import inbound
from models.database import database, rows
from models.ledger import parked
from models.messages import outbound, quotes
from models.messages.outbound import Claim
from schema.events import Event, MessageStatus, MessageUpdated, NewMessage
from tests.integration.models import plans
from tests.integration.models.tables import (
    NUMBER,
    amendment,
    at_once,
    delivery,
    message,
    one,
    status,
    store,
    view,
)

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.usefixtures("tables")]

MANY = 150_000
NIL = str(uuid.UUID(int=0))
GIVEN = "UPDATE parked_update SET created_at = now() - interval '1 day'"


def persist(*updates: Any) -> list[Event]:
    """A drain's transaction, with no sweep behind it."""
    with database.atomic():
        return inbound.persist([delivery(*updates)])


def sweep() -> list[Event]:
    with database.atomic():
        return inbound.persist_parked()


def waiting() -> int:
    return int(one("SELECT count(*) FROM parked_update"))


def sending() -> Claim:
    """A message of ours that Meta was asked to send, and whose wamid nobody knows yet."""
    store(message("wamid.ours", direction="echo"))
    rows("UPDATE message SET wamid = NULL, status = 'sending', direction = 'outbound', lease_until = now()")
    fields = {"message_id": one("SELECT id FROM message"), "phone_number_id": NUMBER, "type": "text"}
    return Claim(**(dict.fromkeys(Claim._fields) | fields))  # type: ignore[arg-type]


def accept(claim: Claim, wamid: str) -> list[Event]:
    with database.atomic():
        return outbound.accepted([(claim, wamid)])


def test_news_is_applied_and_told_with_its_message() -> None:
    persist(status(), amendment("reaction", emoji="👍"))
    rows(GIVEN)
    events = persist(message(direction="echo"))
    assert [type(event) for event in events[:3]] == [NewMessage, MessageStatus, MessageUpdated]
    assert (view().status, len(view().reactions), waiting()) == ("delivered", 1, 0)


def test_news_of_another_numbers_message_of_that_name_waits_on() -> None:
    persist(status())
    persist(message(phone_number_id="2", direction="echo"))
    assert (view().status, waiting()) == ("sent", 1)


def test_a_status_that_names_our_id_lets_go_what_waited_for_the_wamid() -> None:
    claim = sending()
    persist(amendment("reaction", "wamid.ours", emoji="👍"), status("wamid.ours", "read"))
    rows(GIVEN)
    persist(status("wamid.ours", "sent", callback_id=claim.message_id))
    assert (view("wamid.ours").status, len(view("wamid.ours").reactions), waiting()) == ("read", 1, 0)


def test_what_waited_for_a_wamid_the_sender_learns_is_found_by_the_next_sweep() -> None:
    claim = sending()
    persist(status("wamid.ours", "read"), message("wamid.2", reply_to_wamid="wamid.ours"))
    rows(GIVEN)
    events = accept(claim, "wamid.ours")
    assert [type(event) for event in events] == [MessageStatus, MessageUpdated]  # the quote needs no sweep
    sweep()
    assert (view("wamid.ours").status, waiting()) == ("read", 0)


@pytest.mark.parametrize("first", ["the news", "the message"])
def test_two_that_do_not_see_each_other_are_brought_together_by_the_sweep(first: str) -> None:
    """Each looks before the other commits; whichever commits first, neither finds the other."""
    claim = sending()
    looked, committed = threading.Barrier(2), threading.Event()

    def tell() -> None:
        with database.atomic():
            inbound.persist([delivery(status("wamid.ours", "read"))])
            looked.wait(30)
            assert first == "the news" or committed.wait(30)
        committed.set()

    def learn() -> None:
        with database.atomic():
            outbound.accepted([(claim, "wamid.ours")])
            looked.wait(30)
            assert first == "the message" or committed.wait(30)
        committed.set()

    works = iter((tell, learn))
    assert at_once(lambda: next(works)(), 2) == [None, None]
    assert (view("wamid.ours").status, waiting()) == ("accepted", 1)
    sweep()
    assert (view("wamid.ours").status, waiting()) == ("read", 0)


def test_what_no_sweep_found_in_time_is_called_up_by_the_hourly_look() -> None:
    claim = sending()
    persist(status("wamid.ours", "read"), status("wamid.unknown"))
    persist(message("wamid.2", reply_to_wamid="wamid.ours"))
    rows(GIVEN)
    rows("UPDATE message SET wamid = 'wamid.ours' WHERE id = %s", (claim.message_id,))
    rows("UPDATE message SET created_at = now() - interval '1 day' WHERE wamid = 'wamid.2'")
    assert (sweep(), waiting()) == ([], 2)
    place: str | None = NIL
    while place is not None:
        place = parked.call_up_old(place, limit=1)
    assert quotes.resolve_old() == [view("wamid.2").id]
    sweep()
    assert (view("wamid.ours").status, waiting()) == ("read", 1)
    assert one("SELECT now() - created_at > interval '23 hours' FROM parked_update")


def test_what_is_too_old_is_forgotten() -> None:
    persist(status())
    rows("UPDATE parked_update SET created_at = now() - interval '9 days'")
    persist(status("wamid.2"))
    parked.delete_older_than(8)
    assert rows("SELECT target_wamid FROM parked_update") == [("wamid.2",)]


def park_many(count: int) -> None:
    """As much as somebody else who sends over the same number leaves in a week."""
    times = [now() - timedelta(seconds=n * 60) for n in range(7 * 24 * 60)]
    body = json.dumps({"news": "Status", "status": "sent"})
    lines = "".join(
        f"{uuid.UUID(int=n + 1)}\t{NUMBER}\twamid.theirs.{n // 3}\tstatus {n % 3}\t{body}\t{times[n % len(times)]}\n"
        for n in range(count)
    )
    cursor = database.cursor()
    cursor.copy_expert(
        "COPY parked_update (id, phone_number_id, target_wamid, key, body, created_at) FROM STDIN",
        io.StringIO(lines),
    )
    rows("ANALYZE parked_update")


def quote_many(count: int) -> None:
    """Quotes of what nobody here knows, over the last year."""
    store(message())
    rows(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status, wamid,"
        " reply_to_wamid, created_at) SELECT gen_random_uuid(), conversation_id, phone_number_id, 'inbound', 'text',"
        " '{}', 'received', 'wamid.q.' || n, 'wamid.unknown.' || n, now() - random() * interval '365 days'"
        " FROM message, generate_series(1, %s) n",
        (count,),
    )
    rows("ANALYZE message")


@pytest.mark.timed
def test_a_sweep_takes_as_long_however_much_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    with database.atomic():
        park_many(MANY)
        quote_many(50_000)
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        sweep()
        took.append(time.perf_counter() - begun)
    read = plans.of(inbound.persist_parked, monkeypatch)
    assert {node.table for node in read} == {"message", "parked_update"}
    assert [node for node in read if node.kind == "Seq Scan" or node.in_vain > 100] == []
    assert min(took) < 0.02
    assert (waiting(), one("SELECT count(*) FROM message")) == (MANY, 50_001)
