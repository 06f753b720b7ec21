"""What the tables say after deliveries: each update once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from models import inbound
from models.conversations import conversations
from models.database import database, rows
from models.ledger import parked
from models.messages import messages
from schema.events import ConversationUpdated, MessageStatus, MessageUpdated, NewMessage
from tests.integration.models.tables import (
    KERRY,
    NOON,
    amendment,
    at_once,
    delivery,
    message,
    one,
    other,
    state,
    status,
    store,
    store_batch,
    thread,
    view,
)
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]


def test_a_message_becomes_a_row_a_contact_a_conversation_and_an_event() -> None:
    (event,) = store(message())
    assert isinstance(event, NewMessage)
    assert (event.message, event.conversation) == (view(), thread())
    assert (event.message.status, event.message.direction) == ("received", "inbound")
    assert (event.conversation.contact.name, event.conversation.unread_count) == ("Kerry", 1)


def test_the_same_delivery_again_changes_nothing_and_tells_nobody() -> None:
    store(message(), status())
    before = state()
    assert store(message(), status()) == []
    assert state() == before


def test_the_same_message_twice_in_a_batch_is_one_row_and_one_event() -> None:
    events = store_batch([delivery(message(), message()), delivery(message())])
    assert [type(event) for event in events] == [NewMessage]
    assert thread().unread_count == 1


def test_the_same_wamid_on_two_numbers_is_two_messages() -> None:
    assert len(store(message(), message(phone_number_id="2"))) == 2


def test_a_delivery_replayed_by_many_at_once_is_one_row_and_one_event() -> None:
    outcomes = at_once(lambda: store(message()), 20)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert sum(len(outcome) for outcome in outcomes) == 1
    assert (one("SELECT count(*) FROM message"), thread().unread_count) == (1, 1)


def test_batches_that_share_conversations_in_opposite_order_do_not_deadlock() -> None:
    people = [Customer(phone=f"1650555010{n}", user_id=None) for n in range(8)]
    turns = iter(range(1000))

    def one_batch() -> Any:
        turn = next(turns)
        order = people if turn % 2 else people[::-1]
        return store(*(message(f"wamid.{turn}.{n}", customer=customer) for n, customer in enumerate(order)))

    outcomes = at_once(one_batch, 12)
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert one("SELECT sum(unread_count) FROM conversation") == 96


def test_a_contact_learns_a_name_and_does_not_forget_it() -> None:
    store(message(customer=Customer(phone=KERRY.phone, user_id=None)))
    assert thread().contact.name == ""
    store(message("wamid.2"))
    store(message("wamid.3", customer=Customer(phone=KERRY.phone, user_id=None)))
    assert thread().contact.name == "Kerry"


def test_a_contact_who_takes_another_name_has_it() -> None:
    store(message())
    store(message("wamid.2", customer=Customer(KERRY.phone, None, "Kerry Fisher", "kerry.f")))
    assert (thread().contact.name, thread().contact.username) == ("Kerry Fisher", "kerry.f")


def test_a_phone_and_a_user_id_that_come_together_are_one_person() -> None:
    store(message())
    store(message("wamid.2", customer=Customer(phone=KERRY.phone, user_id="US.1")))
    store(message("wamid.3", customer=Customer(phone=None, user_id="US.1")))
    contact = thread().contact
    assert (contact.phone, contact.user_id, thread().unread_count) == (KERRY.phone, "US.1", 3)


def test_a_person_first_known_by_user_id_gets_a_phone() -> None:
    store(message(customer=Customer(phone=None, user_id="US.1", name="Alex")))
    store(message("wamid.2", customer=Customer(phone=KERRY.phone, user_id="US.1")))
    assert (thread().contact.phone, thread().contact.name) == (KERRY.phone, "Alex")


def test_the_same_person_in_one_batch_by_phone_by_id_and_by_both_is_one() -> None:
    store(
        message("wamid.1", customer=Customer(KERRY.phone, "US.1", "Kerry")),
        message("wamid.2", customer=Customer(KERRY.phone, None)),
        message("wamid.3", customer=Customer(None, "US.1")),
    )
    assert (thread().contact.name, thread().unread_count) == ("Kerry", 3)


def test_what_two_known_people_were_is_not_mixed_when_they_turn_out_to_be_one() -> None:
    store(message(customer=KERRY), message("wamid.2", customer=Customer(None, "US.1", "Alex")))
    store(message("wamid.3", customer=Customer(KERRY.phone, "US.1")))
    assert rows("SELECT phone, user_id FROM contact ORDER BY phone") == [(KERRY.phone, None), (None, "US.1")]
    assert one("SELECT count(*) FROM message") == 3


@pytest.mark.parametrize(("from_ad", "hours"), [(False, 24), (True, 72)])
def test_a_customers_message_opens_the_window(from_ad: bool, hours: int) -> None:
    store(message(from_ad=from_ad))
    assert thread().window.expires_at == NOON + timedelta(hours=hours)


def test_a_later_message_moves_the_window_and_an_older_one_does_not() -> None:
    store(message(from_ad=True))
    store(message("wamid.2", sent_at=NOON + timedelta(hours=1)))
    assert thread().window.expires_at == NOON + timedelta(hours=72)
    store(message("wamid.3", sent_at=NOON + timedelta(hours=50)))
    assert thread().window.expires_at == NOON + timedelta(hours=74)


def test_a_message_without_a_time_opens_the_window_from_now() -> None:
    store(message(sent_at=None))
    assert thread().window.open


def test_reading_zeroes_what_is_unread_and_a_new_message_counts_from_there() -> None:
    store(message(), message("wamid.2"))
    assert conversations.mark_read(thread().id)
    assert thread().unread_count == 0
    assert not conversations.mark_read(thread().id)
    store(message("wamid.3"))
    assert thread().unread_count == 1


def test_a_message_that_is_committed_after_a_newer_one_does_not_become_the_last() -> None:
    store(message())
    newest, at = view().id, view().created_at
    older = conversations.Growth(str(uuid.UUID(int=1)), at - timedelta(seconds=1), 1, None)
    grown = conversations.grow({thread().id: older})[thread().id]
    assert grown.unread_count == 2
    assert grown.last_message_at == at
    assert messages.last_of([grown.id])[grown.id].id == newest


def test_a_closed_conversation_opens_when_the_customer_writes_and_not_for_an_echo() -> None:
    store(message())
    rows("UPDATE conversation SET status = 'closed'")
    store(message("wamid.2", direction="echo"))
    assert thread().status == "closed"
    store(message("wamid.3"))
    assert thread().status == "open"


def test_each_change_of_a_conversation_raises_its_revision() -> None:
    revisions = [store(message(f"wamid.{n}"))[0].conversation.revision for n in range(3)]  # type: ignore[attr-defined]
    assert revisions == sorted(set(revisions))


def test_an_echo_is_ours_sent_and_not_unread() -> None:
    (event,) = store(message(direction="echo"))
    assert isinstance(event, NewMessage)
    assert (event.message.direction, event.message.status) == ("echo", "sent")
    assert (event.conversation.unread_count, event.conversation.window.expires_at) == (0, None)


def test_a_status_before_its_message_waits_for_it() -> None:
    assert store(status()) == []
    store(message(direction="echo"))
    assert (view().status, set(view().status_times)) == ("delivered", {"delivered"})
    assert one("SELECT count(*) FROM parked_update") == 0


def test_a_status_that_waits_is_kept_once_however_often_it_comes() -> None:
    store(status())
    store(status(), status(word="read"))
    assert one("SELECT count(*) FROM parked_update") == 2


def test_news_of_a_later_version_is_a_dead_letter_until_a_version_comes_that_reads_it() -> None:
    store(status())
    rows("UPDATE parked_update SET body = body - 'news' || '{\"a_later_word\": 1}'")
    store(message(direction="echo"))
    assert (view().status, one("SELECT count(*) FROM parked_update")) == ("sent", 0)
    body = bytes(one("SELECT body FROM dead_letter"))

    assert parked.restore(body.replace(b'"a_later_word":1', b'"news":"Status"'))
    inbound.persist_parked()
    assert view().status == "delivered"


def test_a_dead_delivery_is_nothing_to_be_parked() -> None:
    assert not any(map(parked.restore, (b"", b"{}", b'{"object":"whatsapp_business_account"}')))


def test_a_status_that_names_our_id_gives_an_unconfirmed_message_its_wamid() -> None:
    store(message(direction="echo"))
    rows("UPDATE message SET wamid = NULL, status = 'unconfirmed', direction = 'outbound'")
    key = one("SELECT id FROM message")
    (event,) = store(status("wamid.new", "sent", callback_id=key))
    assert isinstance(event, MessageStatus)
    assert (event.status, event.wamid) == ("sent", "wamid.new")


@pytest.mark.parametrize("callback", ["not an id", "01890a5d-ac96-774b-bcce-b302099a8057", "x\x00", "'"])
def test_a_status_that_names_an_id_which_is_not_ours_waits(callback: str) -> None:
    assert store(status(callback_id=callback.replace("\x00", ""))) == []
    assert one("SELECT count(*) FROM parked_update") == 1


def test_a_failed_status_says_why() -> None:
    why = GraphProblem(131047, "Re-engagement message", "More than 24 hours", ErrorClass.WINDOW_CLOSED)
    store(message(direction="echo"), status(word="failed", problem=why))
    error = view().error
    assert (error.code, error.class_, error.details) == (131047, "window_closed", "More than 24 hours")
    assert error.advice


def test_a_status_of_a_customers_message_changes_nothing_but_what_is_told() -> None:
    store(message(), status(word="deleted"))
    assert view().status == "received"


def test_a_reaction_shows_on_its_message_and_opens_the_window() -> None:
    store(message())
    events = store(amendment("reaction", emoji="👍", at=NOON + timedelta(hours=2)))
    assert {type(event) for event in events} == {MessageUpdated, ConversationUpdated}
    assert [(reaction.emoji, reaction.from_customer) for reaction in view().reactions] == [("👍", True)]
    assert thread().window.expires_at == NOON + timedelta(hours=26)


def test_two_reactions_of_the_same_second_that_come_again_are_told_no_second_time() -> None:
    store(message())
    both = [amendment("reaction", wamid=f"wamid.{emoji}", emoji=emoji) for emoji in ("👍", "🎉")]
    assert [type(event) for event in store(*both)] == [MessageUpdated]
    assert store(*both) == []
    assert [reaction.emoji for reaction in view().reactions] == ["🎉"]


def test_a_reaction_that_is_taken_back_does_not_come_back_late() -> None:
    given = amendment("reaction", wamid="wamid.r1", emoji="👍")
    taken = amendment("reaction", wamid="wamid.r2", at=NOON + timedelta(seconds=5))
    store(message(), taken)
    store(given)
    assert view().reactions == ()


def test_an_edit_before_its_message_waits_for_it() -> None:
    edit = {"type": "text", "content": {"body": "Better"}, "preview": "Better"}
    store(amendment("edit", **edit))
    store(message())
    assert (view().content, view().preview, view().edited_at) == ({"body": "Better"}, "Better", NOON)


def test_a_revoke_before_its_message_waits_for_it_and_hides_what_was_said() -> None:
    store(amendment("revoke"))
    store(message())
    assert (view().deleted_at, view().content) == (NOON, {})
    assert "Hello" not in view().preview


def test_a_group_is_a_conversation_of_its_own_with_a_sender_for_each_message() -> None:
    group = Customer(phone=None, user_id=None, group_id="g1")
    bo = Customer("16505550124", None, "Bo")
    store(message(customer=group, sender=KERRY), message("wamid.2", customer=group, sender=bo))
    assert (thread().contact.group_id, thread().unread_count) == ("g1", 2)
    assert [view(wamid).sender.name for wamid in ("wamid.1", "wamid.2")] == ["Kerry", "Bo"]
    store(message("wamid.3"))
    assert one("SELECT count(*) FROM conversation") == 2


def fail_half_way() -> None:
    with database.atomic():
        inbound.persist([delivery(message(), status(), other())])
        raise RuntimeError


def test_a_transaction_that_fails_leaves_nothing_behind() -> None:
    before = state()
    with pytest.raises(RuntimeError):
        fail_half_way()
    assert state() == before
