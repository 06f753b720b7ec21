"""Reading a request into its struct: everything that is wrong named at once, nothing that is right changed."""

from __future__ import annotations

import contextlib
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from schema import requests
from schema.errors import Refused
from schema.reading import read, read_query
from schema.requests import (
    AddNumber,
    ChangeConversation,
    ChangeNumber,
    Context,
    Id,
    ListConversations,
    ListEvents,
    Page,
    Request,
    SendMessage,
)
from whatsapp.outbound.limits import OUTBOUND

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


class Sample(Request, frozen=True, kw_only=True):
    name: str
    to: str | None = None
    reply_to: Id | None = None
    on: bool = False
    kind: Literal["one", "two"] | None = None
    words: Annotated[list[Annotated[str, Meta(max_length=5)]], Meta(max_length=2)] | UnsetType = UNSET
    rate: float | UnsetType | None = UNSET
    context: Context | None = None


def wrong(values: dict[str, Any], asked: type[Request] = Sample) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        read(asked, values)
    assert (caught.value.code, caught.value.status) == ("invalid", 422)
    fields: dict[str, str] = caught.value.extra["fields"]
    return fields


def test_every_wrong_and_every_unknown_field_is_named_at_once() -> None:
    values = {
        "name": 7,
        "to": "x" * 501,
        "reply_to": "nonsense",
        "on": "yes",
        "kind": "three",
        "colour": "red",
    }
    problems = wrong(values | {"words": ["a", " ", "b"], "rate": "fast", "context": {"message": 1}})
    assert problems == {
        "name": "is a number; write text.",
        "to": "has 501 characters; at most 500 are taken.",
        "reply_to": f"is 'nonsense', which is no id; ids look like {ID}.",
        "on": "is 'yes'; write true or false.",
        "kind": "is 'three'; write one of one, two.",
        "colour": "is not known here; known are context, kind, name, on, rate, reply_to, to, words.",
        "words": "must be a list of at most 2 texts.",
        "rate": "is 'fast'; write a number.",
        "context.message": "is not known here; known is message_id.",
        "context.message_id": "is missing or empty.",
    }


def test_good_fields_come_out_as_they_are() -> None:
    values = {
        "name": " Kerry ",
        "reply_to": ID,
        "on": True,
        "words": ["a"],
        "context": {"message_id": "wamid.1"},
    }
    assert read(Sample, values) == Sample(
        name=" Kerry ", reply_to=ID, on=True, words=["a"], context=Context(message_id="wamid.1")
    )


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_text_is_not_there_and_required_means_more_than_that(empty: Any) -> None:
    assert read(Sample, {"name": "a", "to": empty}).to is None
    assert wrong({"name": empty}) == {"name": "is missing or empty."}


def test_null_forgets_where_it_may_and_what_is_not_named_stays() -> None:
    assert read(Sample, {"name": "a", "rate": None}).rate is None
    assert read(Sample, {"name": "a"}).rate is UNSET
    assert read(Sample, {"name": "a", "words": None}).words is UNSET
    assert read(ChangeConversation, {"assignee_id": ""}).assignee_id is None


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_postgres_refuses_is_refused_here(text: str) -> None:
    assert "NUL" in wrong({"name": text})["name"]


@pytest.mark.parametrize("value", [1, 0, "true", [], {}])
def test_only_true_and_false_are_flags(value: Any) -> None:
    assert "true or false" in wrong({"name": "a", "on": value})["on"]


@pytest.mark.parametrize("rate", [0, -1, 1001, True, "80", ""])
def test_a_rate_is_a_number_within_its_bounds(rate: Any) -> None:
    assert wrong({"send_rate": rate}, ChangeNumber) == {
        "send_rate": "must be messages a second, above 0 and at most 1000."
    }


def test_an_id_of_metas_is_digits() -> None:
    problems = wrong({"phone_number_id": "+44 7700"}, AddNumber)
    assert problems == {"phone_number_id": "is '+44 7700'; Meta's ids are 5 to 32 digits."}


def test_what_a_caller_finds_wrong_besides_is_told_with_the_rest() -> None:
    with pytest.raises(Refused) as caught:
        read(Sample, {"name": "a", "on": 1}, lambda fields: {"name": f"is {fields['name']}, which is taken."})
    assert set(caught.value.extra["fields"]) == {"name", "on"}


@given(st.dictionaries(st.sampled_from([*Sample.__struct_fields__, "other"]), JSON))
def test_no_fields_make_it_raise_anything_but_the_one_refusal(values: dict[str, Any]) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(read(Sample, values).name, str)


def test_every_type_that_may_be_sent_has_its_field() -> None:
    assert set(SendMessage.CONTENTS) == set(OUTBOUND)
    assert set(SendMessage.CONTENTS) <= set(SendMessage.__struct_fields__)


SENT = {"type": "text", "text": {"body": "Hi"}, "to": "+44 7700 900123"}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"conversation_id": ID}, "conversation_id"),
        ({"to": None}, "conversation_id"),
        ({"to": "07700 900123"}, "to"),
        ({"recipient_type": "group"}, "to"),
        ({"recipient_type": "crowd"}, "recipient_type"),
        ({"reply_to": ID, "context": {"message_id": "wamid.1"}}, "context"),
        ({"client_reference": "a", "biz_opaque_callback_data": "b"}, "biz_opaque_callback_data"),
        ({"messaging_product": "telegram"}, "messaging_product"),
        ({"image": {"id": "1"}}, "image"),
    ],
)
def test_what_contradicts_itself_is_named(more: dict[str, Any], field: str) -> None:
    assert list(wrong(SENT | more, SendMessage)) == [field]


def test_what_the_cloud_api_calls_otherwise_is_the_same() -> None:
    pasted = SENT | {"messaging_product": "whatsapp", "recipient_type": "individual"}
    request = read(
        SendMessage, pasted | {"biz_opaque_callback_data": "a", "context": {"message_id": "wamid.1"}}
    )
    assert request.reference == "a"
    assert request.quoted == ("context.message_id", "wamid.1")
    assert request.recipient == ("447700900123", None, None)


def test_every_struct_is_a_request_that_refuses_what_it_does_not_know() -> None:
    structs = [
        value for value in vars(requests).values() if isinstance(value, type) and issubclass(value, Request)
    ]
    assert all(struct.__struct_config__.forbid_unknown_fields for struct in structs)


def wrong_texts(asked: type[Request], **texts: str) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        read_query(asked, texts)
    fields: dict[str, str] = caught.value.extra["fields"]
    return fields


@pytest.mark.parametrize("text", ["0", "201", "-1", "1.5", "ten", "١", "1e2", " ", ""])
def test_a_number_outside_its_bounds_is_refused_with_them(text: str) -> None:
    assert wrong_texts(Page, limit=text) == {"limit": f"is {text!r}; write a whole number from 1 to 200."}


def test_every_wrong_and_unknown_parameter_is_named_at_once() -> None:
    assert wrong_texts(ListConversations, unread="1", status="asleep", q="x" * 201, colour="red") == {
        "unread": "is '1'; write true or false.",
        "status": "is 'asleep'; write one of closed, open, pending, snoozed.",
        "q": "has 201 characters; at most 200 are taken.",
        "colour": "is not known here; known are after, before, limit, phone_number_id, q, status, unread.",
    }


def test_texts_stand_for_what_the_struct_says() -> None:
    query = read_query(ListConversations, {"limit": "007", "unread": "false", "q": "true", "status": ""})
    assert query == ListConversations(limit=7, unread=False, q="true")


def test_a_page_has_one_end_and_events_have_a_beginning() -> None:
    assert list(wrong_texts(Page, before="a", after="b")) == ["after"]
    assert wrong_texts(ListEvents) == {"after": "is missing; give the id of the last event you saw."}


@given(st.dictionaries(st.sampled_from([*ListConversations.__struct_fields__, "other"]), st.text()))
def test_no_query_makes_it_raise_anything_but_the_one_refusal(texts: dict[str, str]) -> None:
    with contextlib.suppress(Refused):
        assert 1 <= read_query(ListConversations, texts).limit <= 200
