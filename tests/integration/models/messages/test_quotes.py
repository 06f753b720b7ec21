"""A quote points at what it quotes, whichever of the two is known first, and clients are told of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ground.clock import now
from models import inbound
from models.conversations import conversations
from models.database import database, release
from models.messages import outbound
from models.messages.outbound import Request
from models.messages.status_moves import News, advance
from models.numbers import numbers
from models.people import contacts
from schema.events import Event, MessageUpdated, NewMessage
from schema.statuses import ACCEPTED
from tests.integration.models.tables import (
    NUMBER,
    at_once,
    delivery,
    message,
    one,
    status,
    store,
    store_batch,
    view,
)
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

LEO = Customer("16505550199", None, "Leo")


def updated_messages(events: list[Event]) -> list[Any]:
    """The message of each ``message_updated``."""
    return [event.message for event in events if isinstance(event, MessageUpdated)]


def ask() -> str:
    """An agent writes to Leo; returns the id of the message, which Meta does not know yet."""
    numbers.ensure({NUMBER: ("1", "15550100001")})
    contact = contacts.find_or_create(LEO)
    conversation = conversations.get(conversations.ensure([(NUMBER, contact.id)])[NUMBER, contact.id])
    assert conversation is not None
    with database.atomic():
        asked, _ = outbound.ask(*conversation, Request("text", {"body": "Hello"}, None, None, None, ""))
    return asked.id


def taken(key: str, wamid: str) -> None:
    """The sender learns what Meta calls the message."""
    with database.atomic():
        advance([News(key, ACCEPTED, now(), wamid=wamid)])


def sweep() -> list[Event]:
    with database.atomic():
        return inbound.persist_parked()


def test_a_quote_is_resolved_to_our_id() -> None:
    store(message())
    (event,) = store(message("wamid.2", reply_to_wamid="wamid.1"))
    assert isinstance(event, NewMessage)
    assert event.message.reply_to == view().id


def test_a_quote_of_a_message_before_it_in_the_same_batch_is_resolved_at_once() -> None:
    events = store_batch([delivery(message()), delivery(message("wamid.2", reply_to_wamid="wamid.1"))])
    assert [type(event) for event in events] == [NewMessage, NewMessage]
    assert view("wamid.2").reply_to == view("wamid.1").id


@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in one batch"])
def test_a_quote_that_comes_before_its_original_is_resolved_and_told_with_it(together: bool) -> None:
    both = [message("wamid.2", reply_to_wamid="wamid.1"), message()]
    events = store(*both) if together else [*store(both[0]), *store(both[1])]
    assert updated_messages(events) == [view("wamid.2")]
    assert (view("wamid.2").reply_to, view("wamid.2").revision) == (view("wamid.1").id, 2)


def test_a_message_of_another_number_is_not_what_is_quoted() -> None:
    store(message("wamid.2", reply_to_wamid="wamid.1"))
    assert updated_messages(store(message("wamid.1", phone_number_id="2"))) == []
    assert view("wamid.2").reply_to is None


def test_a_quote_of_a_message_that_is_not_known_is_kept_by_its_wamid() -> None:
    store(message(reply_to_wamid="wamid.unknown"))
    assert (view().reply_to, one("SELECT reply_to_wamid FROM message")) == (None, "wamid.unknown")


def test_every_quote_of_an_original_is_told_once() -> None:
    store(*(message(f"wamid.{n}", reply_to_wamid="wamid.1") for n in range(2, 5)))
    assert [updated.wamid for updated in updated_messages(store(message()))] == [
        "wamid.2",
        "wamid.3",
        "wamid.4",
    ]
    assert updated_messages(store(message())) == []


def test_a_quote_of_ours_is_told_when_a_status_brings_the_wamid() -> None:
    key = ask()
    store(message("wamid.2", reply_to_wamid="wamid.1", customer=LEO))
    (updated,) = updated_messages(store(status(word="sent", callback_id=key)))
    assert (updated.wamid, updated.reply_to) == ("wamid.2", key)


def test_a_quote_of_ours_is_told_by_the_next_sweep_when_the_sender_learns_the_wamid() -> None:
    key = ask()
    store(message("wamid.2", reply_to_wamid="wamid.1", customer=LEO))
    assert sweep() == []
    taken(key, "wamid.1")
    (updated,) = updated_messages(sweep())
    assert (updated.wamid, updated.reply_to) == ("wamid.2", key)
    assert sweep() == []


def test_a_quote_and_its_wamid_that_do_not_see_each_other_are_brought_together_by_the_sweep() -> None:
    key = ask()
    stored, learnt = threading.Event(), threading.Event()

    def quote() -> None:
        with database.atomic():
            inbound.persist([delivery(message("wamid.2", reply_to_wamid="wamid.1"))])
            stored.set()
            assert learnt.wait(30)

    def learn() -> None:
        assert stored.wait(30)
        taken(key, "wamid.1")
        learnt.set()

    works = iter((quote, learn))
    assert at_once(lambda: next(works)(), 2) == [None, None]
    release()
    assert view("wamid.2").reply_to is None
    assert [updated.reply_to for updated in updated_messages(sweep())] == [key]
