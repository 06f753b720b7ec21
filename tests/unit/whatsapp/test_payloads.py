"""What an agent asks for, checked beforehand, and the body Graph gets."""

from __future__ import annotations

from typing import Any

import pytest

from whatsapp.outbound.limits import TEXT as TEXT_LONGEST
from whatsapp.outbound.payloads import graph_body, problems_of, read_body

MESSAGE_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def body(**more: Any) -> dict[str, Any]:
    chosen = {"phone": "447700900123", "user_id": None, "reply_to_wamid": None} | more
    return graph_body("text", {"body": "Hello"}, callback_id=MESSAGE_ID, **chosen)


@pytest.mark.parametrize("content", [{"body": "Hi"}, {"body": "x" * TEXT_LONGEST, "preview_url": True}])
def test_a_text_within_the_limits_may_be_sent(content: dict[str, Any]) -> None:
    assert problems_of("text", content) == {}


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        ({}, "text.body", "missing"),
        ({"body": " \n"}, "text.body", "empty"),
        ({"body": 7}, "text.body", "no text"),
        ({"body": "x" * (TEXT_LONGEST + 1)}, "text.body", "4097 characters"),
        ({"body": "a\x00"}, "text.body", "NUL"),
        ({"body": "a\ud800"}, "text.body", "surrogate"),
        ({"body": "Hi", "preview_url": "yes"}, "text.preview_url", "true nor false"),
        ({"body": "Hi", "color": "red"}, "text.color", "not known"),
        (None, "text", "missing"),
        ("Hi", "text", "no object"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do(content: Any, field: str, says: str) -> None:
    assert says in problems_of("text", content)[field]


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(problems_of("text", {"preview_url": 1, "x": 1})) == {"text.body", "text.preview_url", "text.x"}


@pytest.mark.parametrize("kind", ["hologram", "", None, 7, [], {"a": 1}, "x" * 1000])
def test_a_type_that_cannot_be_sent_is_refused_with_those_that_can(kind: Any) -> None:
    problem = problems_of(kind, {})["type"]
    assert "text" in problem
    assert len(problem) < 400


def test_a_phone_goes_into_to() -> None:
    sent = body()
    assert (sent["to"], sent["messaging_product"], sent["type"]) == ("447700900123", "whatsapp", "text")
    assert "recipient" not in sent
    assert "context" not in sent


def test_a_user_id_goes_into_recipient_because_meta_drops_it_in_to() -> None:
    sent = body(phone=None, user_id="GB.abc123")
    assert sent["recipient"] == "GB.abc123"
    assert "to" not in sent


def test_a_phone_is_taken_where_both_are_known() -> None:
    assert "recipient" not in body(user_id="GB.abc123")


def test_our_id_travels_along_so_that_a_status_can_name_it() -> None:
    assert body()["biz_opaque_callback_data"] == MESSAGE_ID


def test_a_quote_travels_as_context() -> None:
    assert body(reply_to_wamid="wamid.1")["context"] == {"message_id": "wamid.1"}


def test_a_read_receipt_names_the_message() -> None:
    assert read_body("wamid.1") == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
    }


def test_a_read_receipt_may_show_typing() -> None:
    assert read_body("wamid.1", typing=True)["typing_indicator"] == {"type": "text"}
