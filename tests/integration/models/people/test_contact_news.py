"""Who a customer is may change: each of their conversations shows it and tells it, and no history is lost."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import database, rows
from models.messages import messages
from models.people import number_changes, preferences
from schema.events import ConversationRemoved, ConversationUpdated, Event
from tests.integration.models.tables import KERRY, NOON, message, state, store, thread, view
from whatsapp.inbound.updates import Customer, Preference

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

OTHER = "106540352249999"
RENAMED = Customer(KERRY.phone, None, "Kerry Fisher")
MOVED = Customer(phone="16505550143", user_id=None)


def tells_of_a_new_number(wamid: str = "wamid.moved", **more: Any) -> Any:
    return message(wamid, type="system", moved_to=MOVED, **more)


def updated(events: list[Event]) -> dict[str, Any]:
    """The last that ``conversation_updated`` tells of each conversation."""
    return {
        event.conversation.id: event.conversation
        for event in events
        if isinstance(event, ConversationUpdated)
    }


def removed(events: list[Event]) -> list[tuple[str | None, str, str]]:
    return [
        (event.conversation_id, event.removed_id, event.merged_into)
        for event in events
        if isinstance(event, ConversationRemoved)
    ]


def test_a_new_name_is_told_in_the_conversations_with_every_number() -> None:
    store(message(), message("wamid.other", phone_number_id=OTHER))
    before = thread(OTHER).revision
    conversations = updated(store(message("wamid.2", customer=RENAMED)))
    assert conversations == {thread(OTHER).id: thread(OTHER)}  # in this one the message tells it
    assert (thread(OTHER).contact.name, thread(OTHER).revision) == ("Kerry Fisher", before + 1)


def test_the_name_that_is_known_is_no_news() -> None:
    store(message(), message("wamid.other", phone_number_id=OTHER))
    assert updated(store(message("wamid.2"))) == {}


def test_a_user_id_learnt_from_a_choice_about_marketing_is_told() -> None:
    store(message())
    choice = Preference(Customer(KERRY.phone, "US.7"), wants_marketing=True, at=NOON)
    with database.atomic():
        conversations = updated(preferences.apply([choice]))
    assert conversations == {thread().id: thread()}
    assert thread().contact.user_id == "US.7"


def test_a_customer_with_a_new_number_keeps_the_conversation() -> None:
    store(message())
    key = thread().id
    conversations = updated(store(tells_of_a_new_number()))
    assert conversations == {key: thread()}
    store(message("wamid.2", customer=MOVED))
    assert (thread().id, thread().contact.phone, thread().unread_count) == (key, MOVED.phone, 3)


def test_what_came_from_the_new_number_before_the_news_of_it_is_joined() -> None:
    store(message("wamid.2", customer=MOVED))
    theirs = thread().id
    store(message())
    ours = view().conversation_id
    events = store(tells_of_a_new_number())
    assert (thread().id, thread().contact.phone, thread().unread_count) == (ours, MOVED.phone, 3)
    assert rows("SELECT DISTINCT conversation_id FROM message") == [(ours,)]
    assert messages.last_of([ours])[ours].wamid == "wamid.moved"
    assert removed(events) == [(theirs, theirs, ours), (ours, theirs, ours)]
    assert updated(events) == {ours: thread()}


def test_where_it_went_is_remembered_through_a_second_change_of_number() -> None:
    store(message("wamid.2", customer=MOVED))
    first = thread().id
    store(message(), tells_of_a_new_number())
    second = thread().id
    last = Customer("16505550188", None)
    store(message("wamid.3", customer=last))
    store(message("wamid.4", customer=last, type="system", moved_to=MOVED))
    assert {number_changes.merged_into(key) for key in (first, second)} == {thread().id}
    assert number_changes.merged_into(thread().id) is None


def test_a_conversation_that_only_the_new_number_had_goes_to_the_customer_and_is_told() -> None:
    store(message("wamid.2", customer=MOVED, phone_number_id=OTHER), message())
    before = thread(OTHER)
    conversations = updated(store(tells_of_a_new_number()))
    assert conversations == {conversation.id: conversation for conversation in (thread(), thread(OTHER))}
    assert (thread(OTHER).id, thread(OTHER).contact) == (before.id, thread().contact)
    assert thread(OTHER).revision > before.revision


def test_a_choice_against_marketing_moves_along() -> None:
    store(message("wamid.2", customer=MOVED), message())
    with database.atomic():
        preferences.apply([Preference(MOVED, wants_marketing=False, at=NOON)])
    store(tells_of_a_new_number())
    assert preferences.opted_out_at(thread().contact.id) == NOON


def test_the_news_of_a_new_number_twice_changes_nothing_more() -> None:
    store(message(), tells_of_a_new_number())
    before = state()
    store(tells_of_a_new_number())
    assert state() == before
