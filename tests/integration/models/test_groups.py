"""Groups: what one member's phone did is that member's alone, and a group's subject is its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.database import database, rows
from models.messages import outbound
from schema.events import ConversationUpdated, Event, MessageStatus
from tests.integration.models.tables import KERRY, NOON, empty, message, one, status, store, thread, view
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import Customer, GroupNews

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

GROUP = Customer(phone=None, user_id=None, group_id="Y2FwaV9ncm91cDoxNTU1")
GONE = GraphProblem(131026, "Message undeliverable", "", ErrorClass.RECIPIENT)


def group_news(
    subject: str = "", *, joined: tuple[str, ...] = (), left: tuple[str, ...] = (), minutes: int = 0
) -> GroupNews:
    at = NOON + timedelta(minutes=minutes)
    return GroupNews(group_id="Y2FwaV9ncm91cDoxNTU1", subject=subject, joined=joined, left=left, at=at)


def apply_status(member: str, word: str, **more: Any) -> list[Event]:
    return store(status("wamid.ours", word, member=member, **more))


@pytest.fixture(autouse=True)
def ours(tables: None) -> None:
    """Kerry wrote into the group, and we answered."""
    empty()
    store(message(customer=GROUP, sender=KERRY), message("wamid.ours", customer=GROUP, direction="echo"))
    rows("UPDATE message SET direction = 'outbound', status = 'accepted' WHERE wamid = 'wamid.ours'")


def how_far() -> tuple[str, dict[str, str]]:
    shown = view("wamid.ours")
    return shown.status, {recipient.member: recipient.status for recipient in shown.recipients}


def test_one_members_failure_fails_nothing_for_the_others() -> None:
    apply_status(KERRY.phone, "sent")
    (event,) = apply_status("16505551666", "failed", problem=GONE)
    assert isinstance(event, MessageStatus)
    assert (event.status, event.error) == ("sent", None)
    assert how_far() == ("sent", {"16505550123": "sent", "16505551666": "failed"})
    assert view("wamid.ours").recipients[1].error.code == 131026  # type: ignore[union-attr]
    assert event.recipients == view("wamid.ours").recipients


def test_the_failure_of_the_only_member_anybody_heard_of_is_not_the_groups() -> None:
    apply_status(KERRY.phone, "failed", problem=GONE)
    assert how_far() == ("accepted", {"16505550123": "failed"})


def test_it_is_read_when_the_last_member_has_read_it() -> None:
    apply_status(KERRY.phone, "read")
    assert how_far()[0] == "sent"
    apply_status("16505551666", "delivered")
    assert how_far()[0] == "delivered"
    apply_status("16505551666", "read")
    assert how_far()[0] == "read"


def test_a_member_known_from_before_who_has_not_read_it_counts() -> None:
    store(group_news(joined=("16505551666", "16505551777")))
    apply_status(KERRY.phone, "read")
    apply_status("16505551666", "read")
    assert how_far()[0] == "sent"
    store(group_news(left=("16505551777",), minutes=1))
    apply_status("16505551666", "played")
    assert how_far()[0] == "read"


def test_what_no_member_got_has_failed_and_may_be_sent_again() -> None:
    apply_status(KERRY.phone, "sent")
    rows("UPDATE message SET recipients = '{}' WHERE wamid = 'wamid.ours'")
    store(group_news(joined=("16505551666",)))
    apply_status(KERRY.phone, "failed", problem=GONE)
    apply_status("16505551666", "failed", problem=GONE)
    assert how_far()[0] == "failed"
    with database.atomic():
        assert len(outbound.retry(view("wamid.ours").id)) == 1


def test_what_a_member_has_is_not_sent_to_everybody_again() -> None:
    apply_status(KERRY.phone, "sent")
    store(status("wamid.ours", "failed", problem=GONE))
    assert how_far()[0] == "failed"
    with database.atomic():
        assert outbound.retry(view("wamid.ours").id) == []


def test_late_and_repeated_news_of_a_member_changes_nothing() -> None:
    apply_status(KERRY.phone, "read")
    assert apply_status(KERRY.phone, "delivered") == []
    assert apply_status(KERRY.phone, "read") == []


def test_news_of_two_members_that_waited_for_their_message_is_not_taken_for_one() -> None:
    store(
        status("wamid.late", "failed", member="16505551666", problem=GONE),
        status("wamid.late", "failed", member="1"),
    )
    assert one("SELECT count(*) FROM parked_update") == 2
    store(message("wamid.late", customer=GROUP, direction="echo"))
    assert {recipient.member for recipient in view("wamid.late").recipients} == {"1", "16505551666"}


def test_the_subject_of_a_group_is_its_name_and_is_told() -> None:
    assert thread().contact.name == "Group"
    (event,) = store(group_news("Tea"))
    assert isinstance(event, ConversationUpdated)
    assert (event.conversation.contact.name, thread().contact.name) == ("Tea", "Tea")
    assert store(group_news("Tea")) == []


def test_an_older_subject_that_comes_late_is_not_taken() -> None:
    store(group_news("Coffee", minutes=5))
    assert store(group_news("Tea")) == []
    assert thread().contact.name == "Coffee"


def test_a_subject_told_before_anybody_wrote_is_the_name_from_the_first_message_on() -> None:
    empty()
    assert store(group_news("Tea")) == []
    store(message(customer=GROUP, sender=KERRY))
    assert thread().contact.name == "Tea"
    assert view().sender.name == "Kerry"  # type: ignore[union-attr]
