"""How a customer's file is served: nothing that a browser would run, under a name that breaks no header."""

from __future__ import annotations

import io
from unittest.mock import MagicMock
from urllib.parse import unquote

import falcon
import pytest
from falcon import testing

from api.middleware.headers import Headers
from api.resources import media
from ground.ids import new_id
from models.messages.media import Stored

CONTENT = b"<script>alert(1)</script>"


def served(monkeypatch: pytest.MonkeyPatch, mime_type: str, name: str = "a") -> testing.Result:
    monkeypatch.setattr(media.media, "find", lambda _: Stored("0" * 64, len(CONTENT), mime_type, name))
    store = MagicMock()
    store.open.return_value = io.BytesIO(CONTENT)
    app = falcon.App(middleware=[Headers()])
    app.add_route("/api/v1/media/{message_id}", media.MediaResource(store))
    return testing.TestClient(app).simulate_get(f"/api/v1/media/{new_id()}")


@pytest.mark.parametrize(
    "mime_type",
    [
        *(
            "image/svg+xml",
            "IMAGE/SVG+XML",
            "image/svg+xml;charset=utf-8",
            "text/html",
            "application/xhtml+xml",
        ),
        *("text/xml", "text/javascript", "application/pdf", "application/x-shockwave-flash", "", "nonsense"),
    ],
)
def test_what_a_browser_might_run_is_saved_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, mime_type: str
) -> None:
    answer = served(monkeypatch, mime_type)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("mime_type", ["image/jpeg", "text/html"])
def test_every_file_is_in_a_sandbox_unguessed_unframed_and_kept_nowhere(
    monkeypatch: pytest.MonkeyPatch, mime_type: str
) -> None:
    answer = served(monkeypatch, mime_type)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ['a"; filename="b.exe', "a\r\nSet-Cookie: b=c", "../../etc/passwd", "a\\b", "ü;=,'", "\u202egnp.exe"],
)
def test_no_name_leaves_its_place_in_the_header(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    shown = served(monkeypatch, "text/html", name).headers["Content-Disposition"]
    before, _, encoded = shown.partition("filename*=UTF-8''")
    assert before == "attachment; "
    assert encoded.isascii()
    assert not set(encoded) & set(" \"'\\;,=/\r\n")
    assert not set(unquote(encoded)) & set("/\\\u202e")
