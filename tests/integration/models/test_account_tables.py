"""What the tables say after news of the account: each once, in any order, beside what is kept raw."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.database import database, rows
from models.messages.calls import CALL
from models.messages.messages import newest_inbound
from models.numbers import numbers
from models.people import preferences
from models.templates import news, templates
from models.templates.templates import Filter
from schema.events import MessageUpdated, NewMessage, NumberUpdated, TemplateUpdated
from tests.integration.models.tables import KERRY, NUMBER, empty, message, one, store, store_batch
from whatsapp.inbound.updates import Updates
from whatsapp.inbound.webhooks import parse
from whatsapp.templates.definitions import listed

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
REAL = settings.get_profile("real tables")
NOON = 1_766_836_800
METADATA = {"display_phone_number": "15550100001", "phone_number_id": NUMBER}
NAMED = {
    "message_template_id": 77,
    "message_template_name": "order_update",
    "message_template_language": "en",
}


def parsed(field: str, value: Any, at: int = NOON) -> Updates:
    """A change of this field, as it comes from Meta."""
    entry = {"id": "1", "time": at, "changes": [{"field": field, "value": value}]}
    return parse(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())


def status(word: str, at: int = NOON, **more: Any) -> Updates:
    return parsed("message_template_status_update", NAMED | {"event": word, "reason": "NONE"} | more, at)


def call(at: int = NOON, **more: Any) -> Updates:
    own = {
        "id": "wacid.1",
        "from": KERRY.phone,
        "to": "15550100001",
        "event": "connect",
        "timestamp": str(at),
    }
    return parsed("calls", {"metadata": METADATA, "calls": [own | more]}, at)


def ended(at: int = NOON + 90, **more: Any) -> Updates:
    return call(at, event="terminate", status="COMPLETED", duration=85, **more)


def preferring(value: str, at: int) -> Updates:
    choice = {"wa_id": KERRY.phone, "category": "marketing_messages", "value": value, "timestamp": at}
    return parsed("user_preferences", {"metadata": METADATA, "user_preferences": [choice]}, at)


def known() -> list[Any]:
    return templates.page(Filter(), 100, None).items


def sync(*entries: dict[str, Any], at: int = NOON) -> list[TemplateUpdated]:
    read = [listed("1", entry) for entry in entries]
    with database.atomic():
        return news.replace("1", read, datetime.fromtimestamp(at, UTC))


def entry(name: str = "order_update", **more: Any) -> dict[str, Any]:
    parts = [{"type": "BODY", "text": "Hi {{1}}"}]
    own = {"id": "77", "name": name, "language": "en", "status": "APPROVED", "category": "UTILITY"}
    return own | {"components": parts} | more


# Templates --------------------------------------------------------------------------------------------------


def test_a_template_nobody_knew_is_made_of_its_webhook_and_told() -> None:
    (event,) = store_batch([status("APPROVED")])
    assert isinstance(event, TemplateUpdated)
    assert (event.template.name, event.template.status, event.template.components) == (
        *("order_update", "APPROVED"),
        None,
    )
    assert known() == [event.template]


def test_a_template_webhook_delivered_again_changes_nothing_and_is_not_told_again() -> None:
    store_batch([status("PAUSED")])
    before = known()
    assert store_batch([status("PAUSED")]) == []
    assert known() == before


def test_an_older_status_that_comes_late_does_not_count() -> None:
    store_batch([status("PAUSED", NOON + 5)])
    assert store_batch([status("APPROVED", NOON)]) == []
    assert known()[0].status == "PAUSED"


def test_a_category_told_by_id_alone_finds_its_template() -> None:
    sync(entry())
    changed = parsed(
        "template_category_update", {"message_template_id": 77, "new_category": "MARKETING"}, NOON + 1
    )
    assert store_batch([changed])[0].template.category == "MARKETING"  # type: ignore[attr-defined]
    unknown = parsed("template_category_update", {"message_template_id": 78, "new_category": "MARKETING"})
    assert store_batch([unknown]) == []


def test_a_sync_makes_the_copy_what_meta_lists() -> None:
    assert [event.template.name for event in sync(entry("a"), entry("b"))] == ["a", "b"]
    again = sync(entry("a", status="PAUSED"), at=NOON + 10)
    assert {(event.template.name, event.template.status) for event in again} == {
        ("a", "PAUSED"),
        ("b", "DELETED"),
    }
    assert sync(entry("a", status="PAUSED"), at=NOON + 20) == []
    assert templates.last_synced("1") == datetime.fromtimestamp(NOON + 20, UTC)


def test_what_a_webhook_told_while_meta_listed_stands() -> None:
    sync(entry())
    store_batch([status("PAUSED", NOON + 5)])
    assert sync(entry(status="APPROVED"), at=NOON + 4) == []
    assert known()[0].status == "PAUSED"
    assert [event.template.status for event in sync(entry(), at=NOON + 6)] == ["APPROVED"]


def test_a_template_that_was_deleted_and_came_back_is_itself_again() -> None:
    sync(entry())
    sync(at=NOON + 1)
    numbers.ensure({NUMBER: ("1", "15550100001")})
    assert templates.shelf(NUMBER, "order_update").languages == {}
    sync(entry(), at=NOON + 2)
    assert templates.shelf(NUMBER, "order_update").languages["en"].status == "APPROVED"


def test_a_shelf_holds_only_the_templates_of_the_numbers_own_account() -> None:
    numbers.ensure({NUMBER: ("2", "")})
    sync(entry())
    assert templates.shelf(NUMBER, "order_update") == (False, {})


# Calls ------------------------------------------------------------------------------------------------------


def test_a_customers_call_is_an_unread_entry_that_opens_the_window() -> None:
    (event,) = store_batch([call()])
    assert isinstance(event, NewMessage)
    view = event.message
    assert (view.type, view.direction, view.preview, view.wamid) == (
        CALL,
        "inbound",
        "Incoming call",
        "wacid.1",
    )
    assert event.conversation.unread_count == 1
    assert event.conversation.window.expires_at == datetime.fromtimestamp(NOON, UTC) + timedelta(hours=24)


def test_the_end_of_a_call_completes_its_entry() -> None:
    store_batch([call()])
    (event,) = store_batch([ended()])
    assert isinstance(event, MessageUpdated)
    assert (event.message.preview, event.message.content["duration"]) == ("Call, 1 min", 85)
    assert (one("SELECT count(*) FROM message"), one("SELECT unread_count FROM conversation")) == (1, 1)


def test_a_call_told_again_is_one_entry_and_no_event() -> None:
    store_batch([call(), ended(), call()])
    assert store_batch([call(), ended()]) == []
    assert (one("SELECT count(*) FROM message"), one("SELECT unread_count FROM conversation")) == (1, 1)


def test_a_call_of_ours_is_outbound_unread_by_nobody_and_opens_no_window() -> None:
    ours = {"from": "15550100001", "to": KERRY.phone}
    (event,) = store_batch([ended(**ours)])
    assert isinstance(event, NewMessage)
    assert (event.message.direction, event.message.status) == ("outbound", "sent")
    assert (event.conversation.unread_count, event.conversation.window.open) == (0, False)


def test_a_call_is_nothing_that_could_be_marked_read() -> None:
    (event,) = store(message())
    store_batch([call()])
    thread = one("SELECT id FROM conversation")
    assert newest_inbound(thread) == event.message.id  # type: ignore[attr-defined]


# Preferences ------------------------------------------------------------------------------------------------


def test_the_latest_choice_counts_whatever_came_last() -> None:
    store_batch([preferring("resume", NOON + 9)])
    store_batch([preferring("stop", NOON)])
    kerry = one("SELECT id FROM contact")
    assert preferences.opted_out_at(kerry) is None
    store_batch([preferring("stop", NOON + 20)])
    assert preferences.opted_out_at(kerry) == datetime.fromtimestamp(NOON + 20, UTC)


def test_of_two_choices_of_one_second_no_counts() -> None:
    for order in (("stop", "resume"), ("resume", "stop")):
        empty()
        store_batch([preferring(order[0], NOON)])
        store_batch([preferring(order[1], NOON)])
        assert preferences.opted_out_at(one("SELECT id FROM contact")) is not None


# Numbers ----------------------------------------------------------------------------------------------------


def test_a_number_is_found_by_its_digits_and_an_account_by_its_id() -> None:
    numbers.ensure({NUMBER: ("1", "+1 555-010-0001"), "2": ("1", "15550100002"), "3": ("9", "15550100003")})
    value = {"display_phone_number": "15550100001", "event": "DOWNGRADE", "current_limit": "TIER_1K"}
    (event,) = store_batch([parsed("phone_number_quality_update", value)])
    assert isinstance(event, NumberUpdated)
    assert (event.number.phone_number_id, event.number.messaging_limit) == (NUMBER, "TIER_1K")
    events = store_batch([parsed("account_update", {"event": "ACCOUNT_DELETED"})])
    assert [update.number.phone_number_id for update in events] == [NUMBER, "2"]  # type: ignore[attr-defined]
    assert store_batch([parsed("account_update", {"event": "ACCOUNT_DELETED"})]) == []


def test_a_number_that_sent_before_its_first_delivery_learns_its_account_from_it() -> None:
    numbers.ensure({NUMBER: ("", "")})
    store(message())
    assert rows("SELECT account_id, display_number FROM number") == [("1", "15550100001")]
    numbers.ensure({NUMBER: ("8", "")})
    assert numbers.accounts() == {"1"}


def test_news_of_a_number_nobody_knows_is_kept_raw_and_changes_nothing() -> None:
    value = {"display_phone_number": "15550100009", "event": "UPGRADE", "current_limit": "TIER_1K"}
    assert store_batch([parsed("phone_number_quality_update", value)]) == []
    assert one("SELECT count(*) FROM other_update WHERE field = 'phone_number_quality_update'") == 1


# Together ---------------------------------------------------------------------------------------------------

_ALL = (
    *(status("APPROVED"), status("PAUSED", NOON + 3), status("REJECTED", NOON + 3, reason="SCAM")),
    *(call(), ended(), preferring("stop", NOON), preferring("resume", NOON + 1)),
    parsed("message_template_quality_update", NAMED | {"new_quality_score": "RED"}, NOON + 2),
    parsed("phone_number_quality_update", {"event": "FLAGGED", "display_phone_number": "15550100001"}),
    parsed(
        "phone_number_quality_update", {"event": "UNFLAGGED", "display_phone_number": "15550100001"}, NOON + 1
    ),
    parsed("account_alerts", {"alert_type": "A", "alert_severity": "WARNING"}),
)
_STATE = (
    "SELECT name, language, status, reason, quality, category FROM template ORDER BY 1, 2",
    "SELECT phone_number_id, status, alert, account_event FROM number_standing ORDER BY 1",
    "SELECT phone, marketing_opted_out_at, marketing_told_at FROM contact ORDER BY 1",
    "SELECT wamid, type, direction, content, preview FROM message ORDER BY 1",
    "SELECT unread_count, window_expires_at FROM conversation",
    "SELECT field, body FROM other_update ORDER BY digest",
)


def state() -> list[Any]:
    return [rows(sql) for sql in _STATE]


@given(st.permutations(_ALL), st.integers(1, 4))
@settings(REAL)
def test_any_order_and_any_batches_end_the_same(order: list[Updates], size: int) -> None:
    empty()
    numbers.ensure({NUMBER: ("1", "15550100001")})
    store_batch(_ALL)
    expected = state()
    empty()
    numbers.ensure({NUMBER: ("1", "15550100001")})
    for start in range(0, len(order), size):
        store_batch(order[start : start + size])
    store_batch(order)  # Meta repeats
    assert state() == expected


def test_what_the_account_tells_does_not_disturb_the_messages_beside_it() -> None:
    events = store_batch(
        [parsed("message_template_status_update", {"event": 5}), Updates(messages=[message()])]
    )
    assert [type(event) for event in events] == [NewMessage]
    assert one("SELECT reason FROM other_update") == "event is missing or empty"
