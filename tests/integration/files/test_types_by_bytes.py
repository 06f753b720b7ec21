"""What a file is is decided by its bytes: nothing is stored, shown or made small under a type that it is not of."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.phone.pictures import sample_png
from sandbox.phone.traps import slow_jpeg

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

HTML = b"<!DOCTYPE html><title>Parley</title><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(120)


@pytest.mark.parametrize(
    ("declared", "content", "expected"),
    [
        ("image/png", HTML, "text/html"),
        ("image/png", SVG, "image/svg+xml"),
        ("image/jpeg", sample_png(9, 9), "image/png"),
        ("application/pdf", PROGRAM, "application/vnd.microsoft.portable-executable"),
        ("text/plain", HTML, "text/html"),
    ],
)
def test_an_upload_that_is_not_what_it_says_is_refused_and_not_stored(
    house: House, declared: str, content: bytes, expected: str
) -> None:
    answer = house.request("POST", "/media", files={"file": ("a", content, declared)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    said = answer.json()["error"]["fields"]["file"]
    assert repr(declared) in said
    assert repr(expected) in said
    digest = hashlib.sha256(content).hexdigest()
    assert house.ask("SELECT 1 FROM upload WHERE digest = %s", digest) == []
    assert [*house.formation.data_dir.rglob(digest), *house.formation.data_dir.rglob("incoming-*")] == []


@pytest.mark.parametrize(
    ("kind", "declared", "content"),
    [
        ("image", "image/png", HTML),
        ("image", "image/png", SVG),
        ("sticker", "image/webp", sample_png(11, 11)),
        ("document", "application/pdf", slow_jpeg()),
        ("audio", "audio/mpeg", HTML),
        ("video", "video/mp4", PROGRAM),
    ],
)
def test_a_received_file_that_is_not_what_it_says_is_kept_and_only_ever_saved(
    house: House, phone: str, sends_file: Any, kind: str, declared: str, content: bytes
) -> None:
    row = sends_file(phone, kind, content, declared)
    query = "SELECT thumbnail_due_at, thumbnail FROM media WHERE id = %s AND status = 'stored'"
    assert house.eventually(lambda: house.ask(query, row["id"]), what="the file") == [(None, None)]
    answer = house.request("GET", f"/media/{row['id']}")
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert house.request("GET", f"/media/{row['id']}?size=thumbnail").status_code == 404
    view = house.request("GET", f"/messages/{row['id']}").json()
    assert (view["media"]["mime_type"], view["media"]["thumbnail"]) == ("application/octet-stream", False)
    # What its sender said is still to be read.
    assert view["content"]["mime_type"] == declared
