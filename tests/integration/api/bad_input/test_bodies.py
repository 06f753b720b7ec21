"""Bodies that are none, too long, or wrong in their fields: every mistake named, never a 500."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House
from tests.integration.api.bad_input.refusals import TAKE_JSON, UNKNOWN, refusal, wrong_fields

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"type": "text",\n  "to": }', "line 2, column 9"),
        (b'{"type": "text"', "line 1, column 16"),
        (b"{'type': 1}", "line 1, column 2"),
        (b"not json", "line 1, column"),
        (b'{"type": NaN}', "line 1, column 10"),
        (b'{"type": "text"} {}', "line 1, column"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_line_and_column(
    guarded_house: House, method: str, path: str, body: bytes, place: str
) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    assert place in refusal(answer, "bad_json")["message"]


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        b'{"type": "\xff"}',
        b'{"type": "\xed\xa0\x80"}',
        b'{"type": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        '{"type": "text"}'.encode("utf-16"),
        b"\x00",
    ],
)
def test_bytes_that_are_no_text_or_nested_too_deep_are_refused(
    guarded_house: House, method: str, path: str, body: bytes
) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    refusal(answer, "bad_json")


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_refused(guarded_house: House, method: str, path: str, body: bytes) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    refusal(answer, "invalid")


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_type_is_refused(guarded_house: House, method: str, path: str, kind: str) -> None:
    answer = guarded_house.request(method, path, data=b"{}", headers={"Content-Type": kind})
    refusal(answer, "unsupported_media_type")


@pytest.mark.parametrize(("method", "path"), [*TAKE_JSON, ("POST", "/api/v1/whatsapp/webhook")])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
def test_a_compressed_body_is_refused(guarded_house: House, method: str, path: str, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = guarded_house.request(method, path, data=gzip.compress(b"{}"), headers=headers)
    refusal(answer, "unsupported_media_type")


LIMITS = [
    *((*operation, 256 * 1024) for operation in TAKE_JSON),
    ("POST", "/api/v1/whatsapp/webhook", 4 * 1024 * 1024),
]


@pytest.mark.parametrize(("method", "path", "limit"), LIMITS)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_however_it_is_framed(
    guarded_house: House, method: str, path: str, limit: int, chunked: bool
) -> None:
    body = b'{"a": "' + b"x" * limit + b'"}'
    data: Any = iter([body[i : i + 65536] for i in range(0, len(body), 65536)]) if chunked else body
    answer = guarded_house.request(method, path, data=data, headers={"Content-Type": "application/json"})
    refusal(answer, "too_large")


@pytest.mark.parametrize("path", ["/api/v1/messages/send", "/api/v1/whatsapp/webhook"])
@pytest.mark.parametrize("again", range(5))
def test_a_body_over_what_the_front_door_takes_is_refused_there(
    guarded_house: House, path: str, again: int
) -> None:
    # An answer before the body is read would be a reset for the front door, and a 502 for the client.
    body = bytes(6 * 1024 * 1024)
    answer = guarded_house.request("POST", path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("again", range(10))
def test_a_refusal_before_the_body_was_read_still_reaches_the_client(
    guarded_house: House, again: int
) -> None:
    refusal(guarded_house.request("POST", "/messages/send", token="", data=bytes(4_000_000)), "not_logged_in")


def test_a_chunked_body_within_the_limit_is_read(guarded_house: House) -> None:
    answer = guarded_house.request(
        "POST",
        "/messages/send",
        data=iter([b'{"ty', b'pe": 1}']),
        headers={"Content-Type": "application/json"},
    )
    assert "type" in wrong_fields(answer)


def test_a_body_that_is_missing_lacks_every_field(guarded_house: House) -> None:
    assert wrong_fields(guarded_house.request("POST", "/messages/send")) == {"type", "conversation_id"}
    assert wrong_fields(guarded_house.request("POST", "/auth/login")) == {"email", "password"}


def test_every_wrong_field_is_named_at_once(guarded_house: House) -> None:
    body = {"type": 1, "to": ["447700900000"], "reply_to": "x", "phone_number_id": {}, "colour": "red"}
    answer = guarded_house.request("POST", "/messages/send", json=body, headers={"Idempotency-Key": "é"})
    assert wrong_fields(answer) == {*body, "Idempotency-Key"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"type": "text", "text": {"body": ""}}, {"text.body"}),
        ({"type": "text", "text": {"body": "x" * 4097}}, {"text.body"}),
        ({"type": "text", "text": "Hello"}, {"text"}),
        ({"type": "text"}, {"text"}),
        ({"type": "hologram", "hologram": {}}, {"type", "hologram"}),
        ({"type": "text", "text": {"body": "x"}, "to": "12"}, {"to"}),
        (
            {"type": "text", "text": {"body": "x"}, "to": "447700900000", "conversation_id": UNKNOWN},
            {"conversation_id"},
        ),
        ({"type": "text", "text": {"body": "x"}, "conversation_id": "no-id"}, {"conversation_id"}),
        ({"type": "text", "text": {"body": "x"}, "phone_number_id": "1"}, {"phone_number_id"}),
        ({"type": "text", "text": {"body": "a\x00b"}}, {"text.body"}),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_before_it_is_queued(
    guarded_house: House, phone: str, body: dict[str, Any], wrong: set[str]
) -> None:
    guarded_house.converse(phone)
    asked = body if "conversation_id" in body else {"to": phone} | body
    assert wrong_fields(guarded_house.request("POST", "/messages/send", json=asked)) == wrong


def test_a_message_to_an_unknown_conversation_is_not_found(guarded_house: House) -> None:
    body = {"type": "text", "text": {"body": "Hello"}, "conversation_id": UNKNOWN}
    refusal(guarded_house.request("POST", "/messages/send", json=body), "not_found")


def test_outside_the_service_window_only_a_template_is_taken(guarded_house: House, phone: str) -> None:
    body = {"type": "text", "text": {"body": "Hello"}, "to": phone}
    refusal(guarded_house.request("POST", "/messages/send", json=body), "window_closed")
    guarded_house.converse(phone)
    assert guarded_house.request("POST", "/messages/send", json=body).status_code == 202
