"""What Meta tells of the account: typed where it is understood, kept raw whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.inbound.account_side import FIELDS
from whatsapp.inbound.updates import Updates
from whatsapp.inbound.webhooks import parse

AT = datetime.fromtimestamp(1766836800, UTC)
METADATA = {"display_phone_number": "15550100001", "phone_number_id": "106540352242922"}
NAMED = {
    "message_template_id": 1689556908129832,
    "message_template_name": "order_confirmation",
    "message_template_language": "en_GB",
}


def parsed(field: str, value: Any, time: Any = 1766836800) -> Updates:
    entry = {"id": "1022", "time": time, "changes": [{"field": field, "value": value}]}
    return parse(json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode())


def news(field: str, value: Any) -> Any:
    updates = parsed(field, value)
    (item,) = updates.templates + updates.numbers + updates.preferences + updates.calls
    return item


TEMPLATES = [
    (
        "message_template_status_update",
        {"event": "APPROVED", "reason": "NONE"},
        {"status": "APPROVED", "reason": ""},
    ),
    ("message_template_quality_update", {"new_quality_score": "RED"}, {"quality": "RED"}),
    ("template_category_update", {"new_category": "MARKETING"}, {"category": "MARKETING"}),
    ("message_template_components_update", {"message_template_element": "Hi {{1}}"}, {}),
]


@pytest.mark.parametrize(("field", "value", "changes"), TEMPLATES)
def test_a_template_is_told_by_its_names_and_id_with_what_changed(
    field: str, value: Any, changes: Any
) -> None:
    item = news(field, NAMED | value)
    assert (item.account_id, item.template_id, item.name, item.language) == (
        *("1022", "1689556908129832"),
        *("order_confirmation", "en_GB"),
    )
    assert (item.changes, item.at) == (changes, AT)


NUMBERS = [
    (
        "phone_number_quality_update",
        {"display_phone_number": "+1 555-010-0001", "event": "FLAGGED", "current_limit": "TIER_1K"},
        ("15550100001", {"status": "FLAGGED", "messaging_limit": "TIER_1K"}),
    ),
    (
        "phone_number_name_update",
        {"display_phone_number": "15550100001", "decision": "APPROVED", "requested_verified_name": "Parley"},
        ("15550100001", {"name_status": "APPROVED", "verified_name": "Parley"}),
    ),
    (
        "phone_number_name_update",
        {"display_phone_number": "15550100001", "decision": "REJECTED", "requested_verified_name": "Parley"},
        ("15550100001", {"name_status": "REJECTED"}),
    ),
    (
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
        ("", {"account_event": "DISABLED_UPDATE: DISABLE"}),
    ),
    (
        "account_update",
        {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_TO_UTILITY"}]},
        ("", {"account_event": "ACCOUNT_RESTRICTION: RESTRICTED_TO_UTILITY"}),
    ),
    (
        "account_alerts",
        {
            "entity_type": "BUSINESS",
            "alert_info": {"alert_severity": "WARNING", "alert_type": "OBA_REJECTED"},
        },
        ("", {"alert": "WARNING: OBA_REJECTED"}),
    ),
    (
        "business_capability_update",
        {"max_daily_conversation_per_phone": -1},
        ("", {"messaging_limit": "TIER_UNLIMITED"}),
    ),
    (
        "business_capability_update",
        {"max_daily_conversations_per_business": "TIER_10K", "max_daily_conversation_per_phone": 10000},
        ("", {"messaging_limit": "TIER_10K"}),
    ),
]


@pytest.mark.parametrize(("field", "value", "expected"), NUMBERS)
def test_a_number_is_told_by_its_digits_or_with_its_whole_account(
    field: str, value: Any, expected: Any
) -> None:
    item = news(field, value)
    assert (item.display_number, item.changes) == expected
    assert (item.account_id, item.phone_number_id, item.at) == ("1022", None, AT)


def test_an_alert_of_one_number_names_it() -> None:
    value = {"entity_type": "PHONE_NUMBER", "entity_id": 1065, "alert_type": "A"}
    assert news("account_alerts", value).phone_number_id == "1065"


def test_a_preference_is_of_a_person_with_its_own_time() -> None:
    one = {"wa_id": "16505550123", "category": "marketing_messages", "value": "stop", "timestamp": 1766836900}
    item = news("user_preferences", {"metadata": METADATA, "user_preferences": [one]})
    assert (item.customer.phone, item.wants_marketing) == ("16505550123", False)
    assert item.at == datetime.fromtimestamp(1766836900, UTC)


def test_one_bad_preference_or_call_leaves_its_neighbours_alone_and_says_why() -> None:
    good = {"wa_id": "16505550123", "category": "marketing_messages", "value": "resume"}
    bad: list[Any] = [5, {"wa_id": ""}, good | {"value": "perhaps"}, good | {"wa_id": "1" * 300}]
    updates = parsed("user_preferences", {"metadata": METADATA, "user_preferences": [*bad, good]})
    assert [preference.wants_marketing for preference in updates.preferences] == [True]
    assert "perhaps" in updates.others[0].reason
    call = {"id": "wacid.1", "from": "16505550123", "to": "15550100001", "event": "connect"}
    updates = parsed("calls", {"metadata": METADATA, "calls": [{"id": "x"}, call, None]})
    assert [read.call_id for read in updates.calls] == ["wacid.1"]


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_is_kept_raw_too(field: str) -> None:
    updates = parsed(field, {"strange": [1, None]})
    (kept,) = updates.others
    assert (kept.field, json.loads(kept.raw)["value"]) == (field, {"strange": [1, None]})


def test_a_time_in_milliseconds_is_the_same_moment() -> None:
    updates = parsed("template_category_update", NAMED | {"new_category": "UTILITY"}, 1766836800000)
    assert updates.templates[0].at == AT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        *("event", "message_template_id", "message_template_name", "message_template_language", "metadata"),
        *(
            "calls",
            "statuses",
            "user_preferences",
            "restriction_info",
            "alert_info",
            "decision",
            "from",
            "id",
        ),
        *(
            "display_phone_number",
            "wa_id",
            "category",
            "value",
            "status",
            "duration",
            "timestamp",
            "direction",
        ),
    ]
)


@given(
    st.sampled_from(sorted(FIELDS)), st.dictionaries(KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON))), JSON
)
def test_whatever_stands_there_is_kept_and_nothing_falls_over(field: str, value: Any, time: Any) -> None:
    updates = parsed(field, value, time)
    assert len(updates.others) == 1
    msgspec.json.encode(updates)
