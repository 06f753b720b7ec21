"""What can be wrong with a delivery, and that it spoils itself alone."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.inbound.webhooks import parse
from whatsapp.text import Unreadable

NUMBER = {"display_phone_number": "15550100001", "phone_number_id": "1065"}


def message(**more: Any) -> dict[str, Any]:
    fields = {"from": "16505550123", "id": "wamid.1", "timestamp": "1766836800", "type": "text"}
    return fields | {"text": {"body": "Hello"}} | more


def status(**more: Any) -> dict[str, Any]:
    return {"id": "wamid.1", "status": "sent", "timestamp": "1766836800"} | more


def delivery(field: str = "messages", **value: Any) -> Any:
    change = {"field": field, "value": {"metadata": NUMBER} | value}
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}


def read(value: Any) -> Any:
    return parse(json.dumps(value).encode())


def only_message(**more: Any) -> Any:
    (received,) = read(delivery(messages=[message(**more)])).messages
    return received


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "soon", "12.5", [], {}, "9" * 400, 1e300, "-1", "253402300799", "1766836800000", 0],
)
def test_a_timestamp_that_is_no_time_of_this_age_leaves_the_message_without_one(timestamp: Any) -> None:
    assert only_message(timestamp=timestamp).sent_at is None


@pytest.mark.parametrize("timestamp", ["1766836800", 1766836800])
def test_a_timestamp_may_be_text_or_number(timestamp: Any) -> None:
    assert only_message(timestamp=timestamp).sent_at.isoformat() == "2025-12-27T12:00:00+00:00"


@pytest.mark.parametrize(
    "wrong",
    [{"id": ""}, {"id": None}, {"id": "w" * 513}, {"id": 7}, {"from": ""}, {"from": "1" * 201}],
)
def test_a_message_that_names_no_usable_sender_or_id_is_kept_raw(wrong: dict[str, Any]) -> None:
    updates = read(delivery(messages=[message(**wrong), message()]))
    assert [received.wamid for received in updates.messages] == ["wamid.1"]
    assert [json.loads(other.raw) for other in updates.others] == [message(**wrong)]


def test_a_nameless_message_is_of_the_only_contact_there_is() -> None:
    nameless = delivery(contacts=[{"user_id": "US.1"}], messages=[message(**{"from": ""})])
    assert read(nameless).messages[0].customer.user_id == "US.1"


def test_a_nameless_message_is_of_nobody_where_there_are_two_contacts() -> None:
    contacts = [{"user_id": "US.1"}, {"user_id": "US.2"}]
    updates = read(delivery(contacts=contacts, messages=[message(**{"from": ""})]))
    assert (updates.messages, len(updates.others)) == ([], 1)


@pytest.mark.parametrize("contacts", [None, {}, "x", 7, [None, 7, "x", {}], [{"profile": "x", "wa_id": 7}]])
def test_contacts_that_make_no_sense_lose_no_message(contacts: Any) -> None:
    assert len(read(delivery(contacts=contacts, messages=[message()])).messages) == 1


@pytest.mark.parametrize("profile", [None, "Kerry", {"name": 7}, {"name": None, "username": []}])
def test_a_profile_that_makes_no_sense_is_a_person_without_a_name(profile: Any) -> None:
    contacts = [{"wa_id": "16505550123", "profile": profile}]
    assert read(delivery(contacts=contacts, messages=[message()])).messages[0].customer.name == ""


def test_a_name_of_any_length_is_cut_and_the_message_kept() -> None:
    contacts = [{"wa_id": "16505550123", "profile": {"name": "n" * 9999}}]
    assert len(read(delivery(contacts=contacts, messages=[message()])).messages[0].customer.name) == 300


@pytest.mark.parametrize("display", [None, 15550100001, {}])
def test_a_display_number_that_is_no_text_loses_no_message(display: Any) -> None:
    metadata = {"display_phone_number": display, "phone_number_id": "1065"}
    updates = read(delivery(metadata=metadata, messages=[message()]))
    assert [received.display_number for received in updates.messages] == [
        "15550100001" if display == 15550100001 else ""
    ]


@pytest.mark.parametrize(
    "metadata", [None, {}, [], "1065", {"phone_number_id": ""}, {"phone_number_id": 10.65}]
)
def test_without_a_number_to_belong_to_the_change_is_kept_whole(metadata: Any) -> None:
    updates = read(delivery(metadata=metadata, messages=[message()], statuses=[status()]))
    assert (updates.messages, updates.statuses) == ([], [])
    (kept,) = updates.others
    assert json.loads(kept.raw)["value"]["messages"] == [message()]
    assert kept.field == "messages"
    assert kept.reason


@pytest.mark.parametrize("content", [None, "text", 7, [], {"body": {"deep": [1]}}])
def test_content_of_another_shape_is_kept_as_it_is(content: Any) -> None:
    received = only_message(text=content)
    assert received.content == ({} if content is None else content)
    assert received.type == "text"


@pytest.mark.parametrize("kind", ["from", "id", "x" * 5000, "emoji 🎈"])
def test_a_type_by_any_name_is_a_message(kind: str) -> None:
    assert only_message(type=kind).type == kind[:60]


@pytest.mark.parametrize("context", [None, "wamid.0", {"id": 7}, {"id": ""}, []])
def test_a_quote_of_nothing_quotes_nothing(context: Any) -> None:
    assert only_message(context=context).reply_to_wamid is None


@pytest.mark.parametrize("referral", [None, {}, "ad", []])
def test_a_message_is_from_an_ad_only_with_a_referral(referral: Any) -> None:
    assert not only_message(referral=referral).from_ad


def test_the_first_error_of_a_failed_status_counts() -> None:
    errors = [{"code": 131026, "title": "Undeliverable"}, {"code": 131047}]
    (failed,) = read(delivery(statuses=[status(status="failed", errors=errors)])).statuses
    assert failed.problem.code == 131026


@pytest.mark.parametrize("errors", [None, {}, [], ["x"], "131026"])
def test_errors_that_make_no_sense_leave_the_status_standing(errors: Any) -> None:
    (failed,) = read(delivery(statuses=[status(status="failed", errors=errors)])).statuses
    assert (failed.status, failed.problem) == ("failed", None)


def test_a_thousand_updates_in_one_delivery_all_come_out_in_order() -> None:
    messages = [message(id=f"wamid.{n}") for n in range(1000)]
    assert [received.wamid for received in read(delivery(messages=messages)).messages] == [
        m["id"] for m in messages
    ]


def test_the_same_list_in_two_changes_is_read_twice() -> None:
    twice = delivery(messages=[message()])
    twice["entry"][0]["changes"] *= 2
    assert len(read(twice).messages) == 2


@pytest.mark.parametrize("entry", [None, [], {}, "x", 7])
def test_a_delivery_without_entries_is_kept_raw(entry: Any) -> None:
    updates = read({"object": "whatsapp_business_account", "entry": entry})
    assert len(updates.others) == 1


@pytest.mark.parametrize("value", [None, 1, "text", [], {}, [{}]])
def test_json_that_is_no_delivery_is_kept_raw(value: Any) -> None:
    (kept,) = read(value).others
    assert json.loads(kept.raw) == value


def raw_body(body: bytes) -> bytes:
    """A delivery of two messages, the first with these very bytes as its text."""
    messages = [message(text={"body": "@"}), message(id="wamid.2")]
    return json.dumps(delivery(messages=messages)).encode().replace(b'"@"', body)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'"\xff"', "\ufffd"),
        (b'"\\ud800"', "\ufffd"),
        (b'"a\\u0000b"', "a\ufffdb"),
        (b'"a\x00b"', "a\ufffdb"),
        (b"NaN", None),
        (b"1e999", None),
        (b'"\\ud83d\\ude00"', "😀"),
    ],
)
def test_what_cannot_be_stored_is_mended_and_the_message_shown(body: bytes, shown: Any) -> None:
    updates = parse(raw_body(body))
    assert [received.content["body"] for received in updates.messages] == [shown, "Hello"]
    assert updates.others == []


def test_an_integer_of_five_thousand_digits_spoils_no_neighbour() -> None:
    assert [received.wamid for received in parse(raw_body(b"1" * 5000)).messages] == ["wamid.1", "wamid.2"]


@pytest.mark.parametrize("bad", [b'"\xff"', b'"\\ud800"', b'"\\u0000"', b"NaN", b"1e999", b"9" * 5000])
def test_what_cannot_be_stored_in_a_field_nobody_knows_is_mended_too(bad: bytes) -> None:
    body = json.dumps(delivery("telepathy", thought="@")).encode().replace(b'"@"', bad)
    (kept,) = parse(body).others
    assert_storable(kept.raw)


def test_a_byte_order_mark_in_front_is_no_obstacle() -> None:
    assert len(parse(b"\xef\xbb\xbf" + json.dumps(delivery(messages=[message()])).encode()).messages) == 1


def test_of_duplicate_keys_the_last_counts() -> None:
    body = raw_body(b'"one","body":"two"')
    assert parse(body).messages[0].content == {"body": "two"}


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{", b"\x1f\x8b\x08", b'{"object":' * 100_000, b"[" * 100_000 + b"]" * 100_000]
)
def test_bytes_that_are_no_json_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


def assert_storable(raw: bytes) -> None:
    """As Postgres' jsonb asks: UTF-8, no NUL, no half surrogate pair, no number past all bounds."""
    msgspec.json.decode(raw)
    assert "\\u0000" not in raw.decode().replace("\\\\", "")


def assert_updates_are_storable(body: bytes) -> None:
    with contextlib.suppress(Unreadable):
        updates = parse(body)
        assert_storable(msgspec.json.encode([updates.messages, updates.amendments, updates.statuses]))
        for other in updates.others:
            assert_storable(other.raw)


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
WORDS = st.sampled_from(
    ["text", "reaction", "edit", "revoke", "sent", "wamid.1", "16505550123", "", "1766836800"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | WORDS
KEYS = (
    *("object", "entry", "changes", "field", "value", "metadata", "phone_number_id", "contacts", "messages"),
    *("statuses", "message_echoes", "errors", "id", "from", "to", "type", "text", "status", "timestamp"),
    *("context", "profile", "wa_id", "user_id", "reaction", "message_id", "edit", "original_message_id"),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, inner, max_size=6)


JSON = st.recursive(LEAVES, nested, max_leaves=20)


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_unreadable(body: bytes) -> None:
    assert_updates_are_storable(body)


@pytest.mark.parametrize("strange", ['"\x80"', "1e999", "9" * 5000, '"\\ud800"', "NaN"])
def test_what_nobody_looks_at_is_storable_too(strange: str) -> None:
    assert_updates_are_storable(f'{{"strange":{strange}}}'.encode("latin-1"))


@given(JSON)
def test_any_json_is_read_and_what_comes_of_it_can_be_stored(value: Any) -> None:
    assert_updates_are_storable(json.dumps(value).encode())


@given(st.lists(JSON, max_size=3), st.lists(JSON, max_size=3), JSON, JSON)
def test_any_strangers_leave_their_good_neighbour_alone(
    messages: list[Any], statuses: list[Any], contacts: Any, field: Any
) -> None:
    value = delivery(messages=[*messages, message(id="wamid.good")], statuses=statuses, contacts=contacts)
    value["entry"] = [field, *value["entry"]]
    updates = read(value)
    assert "wamid.good" in [received.wamid for received in updates.messages]


@given(
    st.dictionaries(st.sampled_from(["id", "from", "type", "timestamp", "text", "context", "referral"]), JSON)
)
def test_no_field_of_a_message_makes_it_vanish(wrong: dict[str, Any]) -> None:
    updates = read(delivery(messages=[message(**wrong)]))
    assert len(updates.messages) + len(updates.amendments) + len(updates.others) == 1


def test_names_of_people_and_files_are_read_as_they_are_and_texts_stay_as_written() -> None:
    turned = "\u202egnp.exe"
    contacts = [{"wa_id": "16505550123", "profile": {"name": turned, "username": turned}}]
    document = {"id": "1", "filename": turned, "caption": turned}
    sent = message(type="document", document=document)
    (received,) = read(delivery(contacts=contacts, messages=[sent])).messages
    assert (received.customer.name, received.customer.username) == ("gnp.exe", "gnp.exe")
    assert (received.content["filename"], received.content["caption"]) == ("gnp.exe", turned)
    assert only_message(text={"body": turned}).content["body"] == turned
