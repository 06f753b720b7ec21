"""How a customer's file is served: nothing that a browser would run, under a name that breaks no header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import falcon
import pytest
from falcon import testing

from api.middleware.headers import Headers
from api.resources.media import MediaResource
from ground.ids import new_id
from models.messages import media as table
from models.messages.media import Stored
from storage.store import DirectoryStore

CONTENT = b"<script>alert(1)</script>"


Serve = Callable[..., testing.Result]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Serve:
    """``served(mime_type, name)``: the answer to whoever asks for a file of this type and name."""
    store = DirectoryStore(tmp_path)
    with store.incoming() as file:
        file.write(CONTENT)
        file.keep()

    def serve(mime_type: str, name: str = "a") -> testing.Result:
        stored = Stored(file.digest, len(CONTENT), mime_type, name)
        monkeypatch.setattr(table, "find", lambda _: stored)
        return _get(store)

    return serve


def _get(store: DirectoryStore) -> testing.Result:
    app = falcon.App(middleware=[Headers()])
    app.add_route("/api/v1/media/{message_id}", MediaResource(store))
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
def test_what_a_browser_might_run_is_saved_and_not_shown(served: Serve, mime_type: str) -> None:
    answer = served(mime_type)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("mime_type", ["image/jpeg", "text/html"])
def test_every_file_is_in_a_sandbox_unguessed_unframed_and_kept_nowhere(
    served: Serve, mime_type: str
) -> None:
    answer = served(mime_type)
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ['a"; filename="b.exe', "a\r\nSet-Cookie: b=c", "../../etc/passwd", "a\\b", "ü;=,'", "\u202egnp.exe"],
)
def test_no_name_leaves_its_place_in_the_header(served: Serve, name: str) -> None:
    shown = served("text/html", name).headers["Content-Disposition"]
    before, _, encoded = shown.partition("filename*=UTF-8''")
    assert before == "attachment; "
    assert encoded.isascii()
    assert not set(encoded) & set(" \"'\\;,=/\r\n")
    assert not set(unquote(encoded)) & set("/\\\u202e")
