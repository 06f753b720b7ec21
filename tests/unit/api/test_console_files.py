"""The console's files as the web process serves them: each read by its type, and nothing else done to it."""

from __future__ import annotations

import pytest
import redis
from falcon import testing

from api.app import create_app
from api.house import furnish
from api.resources.console import DIRECTORY
from models.database import bind
from settings import Settings

FILES = sorted(
    f"/console/{path.relative_to(DIRECTORY)}"
    for path in DIRECTORY.rglob("*")
    if path.suffix in (".js", ".css", ".svg", ".html")
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
