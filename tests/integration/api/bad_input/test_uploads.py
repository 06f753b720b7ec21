"""Uploads that are none, and verifications that are not Meta's."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded
from tests.integration.api.bad_input.refusals import refusal, wrong_fields

pytestmark = pytest.mark.integration


def form(*parts: bytes, boundary: str = "B") -> dict[str, Any]:
    """How to send a form made of these parts, byte for byte."""
    return {"data": b"".join(parts), "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


def part(head: bytes, body: bytes) -> bytes:
    return b"--B\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + body + b"\r\n"


PNG = b'name="file"; filename="a.png"\r\nContent-Type: image/png'


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (form(part(PNG, b"cut short")), "bad_request"),
        (form(part(b'name="other"', b"x"), b"--B--\r\n"), "invalid"),
        (form(part(PNG, b""), b"--B--\r\n"), "invalid"),
        (form(part(PNG.replace(b"image/png", b"text/html"), b"<script>"), b"--B--\r\n"), "invalid"),
        (form(part(PNG, b"<script>"), b"--B--\r\n"), "invalid"),
        (form(b"--B--\r\n"), "invalid"),
        (form(b"no form at all"), "bad_request"),
        (form(b""), "bad_request"),
        (form(part(PNG, b"x"), boundary=""), "bad_request"),
        (form(part(PNG, b"x"), boundary="x" * 100), "bad_request"),
        (form(part(b"\xff\x00", b"x"), b"--B--\r\n"), "bad_request"),
        (form(part(PNG + b"\r\nX: " + b"x" * 20_000, b"x"), b"--B--\r\n"), "bad_request"),
        ({"json": {}}, "unsupported_media_type"),
        ({"data": iter([b"--B"]), "headers": form()["headers"]}, "length_required"),
        ({"headers": {"Content-Type": "multipart/form-data"}}, "bad_request"),
    ],
)
def test_an_upload_that_is_no_file_is_refused(guarded_house: House, how: dict[str, Any], code: str) -> None:
    answer = guarded_house.request("POST", "/media", **how)
    assert refusal(answer, code)


def test_an_upload_keeps_the_name_without_the_path_and_what_no_text_holds(guarded_house: House) -> None:
    odd = PNG.replace(b"a.png", b"C:\\\\temp/\x00../b\x00\xe2\x80\xae.png")  # U+202E turns what follows
    picture = b"\x89PNG\r\n\x1a\n" + bytes(8)
    answer = guarded_house.request("POST", "/media", **form(part(odd, picture), b"--B--\r\n"))
    assert (answer.status_code, answer.json()["filename"]) == (201, "b.png")


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", b"\xff"])
def test_an_idempotency_key_that_is_none_is_refused(guarded_house: House, phone: str, key: Any) -> None:
    guarded_house.converse(phone)
    body = {"type": "text", "text": {"body": "Hello"}, "to": phone}
    answer = guarded_house.request("POST", "/messages/send", json=body, headers={"Idempotency-Key": key})
    assert wrong_fields(answer) == {"Idempotency-Key"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "verify_refused"),
        ("hub.mode=unsubscribe&hub.verify_token=RIGHT&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=RIGHTx&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=%ff%C3%A9&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=RIGHT", "invalid"),
        (f"hub.mode=subscribe&hub.verify_token=RIGHT&hub.challenge={'1' * 513}", "invalid"),
    ],
)
def test_a_verification_that_is_not_metas_is_refused(guarded: Guarded, query: str, code: str) -> None:
    query = query.replace("RIGHT", guarded.verify_token)
    refusal(guarded.house.request("GET", f"/whatsapp/webhook?{query}", token=""), code)


def test_metas_verification_gets_its_challenge_back_as_text(guarded: Guarded) -> None:
    challenge = f"<b>{uuid.uuid4().hex}</b>"
    query = {"hub.mode": "subscribe", "hub.verify_token": guarded.verify_token, "hub.challenge": challenge}
    answer = guarded.house.request("GET", "/whatsapp/webhook", token="", params=query)
    assert (answer.status_code, answer.text) == (200, challenge)
    assert answer.headers["Content-Type"].startswith("text/plain")
