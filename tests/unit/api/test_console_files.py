"""The console's files as the web process serves them: each read by its type, and nothing else done to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import redis
from falcon import testing

from api.app import create_app
from api.house import furnish
from api.resources.console import DIRECTORY, Edition
from models.database import bind
from settings import Settings

FILES = sorted(
    f"/console/{path.relative_to(DIRECTORY)}"
    for path in DIRECTORY.rglob("*")
    if path.suffix in (".js", ".css", ".svg", ".html", ".json")
)


@pytest.fixture
def client() -> testing.TestClient:
    """The whole app, before which no engine runs: files need none."""
    bind("postgresql://nobody@127.0.0.1:1/none", 1)
    return testing.TestClient(create_app(furnish(Settings(), redis.Redis())))


@pytest.mark.parametrize("path", ["/", *FILES])
def test_each_text_says_its_charset(client: testing.TestClient, path: str) -> None:
    answer = client.simulate_get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].endswith("; charset=utf-8")


@pytest.mark.parametrize("method", ["TRACE", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/console/app.js"])
def test_they_are_read_and_nothing_else(client: testing.TestClient, path: str, method: str) -> None:
    answer = client.simulate_request(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.json["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    ["/console", "/console/", "/console/style", "/console/../logs.py", "/console/%2e%2e/logs.py"],
)
def test_no_directory_is_listed_or_left(client: testing.TestClient, path: str) -> None:
    assert client.simulate_get(path).status_code == 404


def test_every_address_in_the_page_names_the_version_and_is_kept_for_good(client: testing.TestClient) -> None:
    page = client.simulate_get("/")
    assert page.headers["Cache-Control"] == "no-cache"
    named = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert len(named) > 50
    for path in named:
        assert path.startswith(f"/console/{Edition().version()}/")
        answer = client.simulate_get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_has_no_version_in_its_address_is_asked_for_again(client: testing.TestClient) -> None:
    assert client.simulate_get("/console/app.js").headers["Cache-Control"] == "no-cache"


def test_of_another_version_only_the_script_is_there_that_says_so(client: testing.TestClient) -> None:
    gone = client.simulate_get("/console/0123456789abcdef/app.js")
    assert gone.status_code == 404
    assert "immutable" not in gone.headers["Cache-Control"]
    there = client.simulate_get("/console/0123456789abcdef/starting.js")
    assert there.status_code == 200
    assert there.headers["Cache-Control"] == "no-cache"


def test_an_address_that_names_the_version_leads_nowhere_else(client: testing.TestClient) -> None:
    version = Edition().version()
    for path in ("nowhere.js", "../settings.py", "%2e%2e/settings.py", ""):
        answer = client.simulate_get(f"/console/{version}/{path}")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_file_that_changes_makes_another_version_and_the_same_files_the_same(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script src="/console/app.js"></script>')
    (tmp_path / "app.js").write_text("1")
    edition = Edition(tmp_path)
    before = edition.version()
    assert edition.page() == f'<script src="/console/{before}/app.js"></script>'.encode()
    (tmp_path / "app.js").write_text("one")
    assert edition.version() != before
    (tmp_path / "app.js").write_text("1")
    assert Edition(tmp_path).version() == before


def test_files_are_looked_at_once_for_all_that_a_page_asks_for_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("1")
    now = 0.0
    edition = Edition(tmp_path, clock=lambda: now)
    before = edition.version()
    (tmp_path / "app.js").write_text("one")
    assert edition.is_current(before)
    after = Edition(tmp_path).version()
    assert edition.is_current(after)  # another process named it to a page already
    assert not edition.is_current(before)
    (tmp_path / "app.js").write_text("another")
    now = 1.0
    assert not edition.is_current(after)
