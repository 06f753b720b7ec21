"""Preflights: answered before anybody asks for credentials, for every route and method."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import redis

from api.house import furnish
from api.routes import routes
from settings import Settings

if TYPE_CHECKING:
    import requests

    from faults.house import House
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

SOMETHING = "01890a5d-ac96-774b-bcce-b302099a8057"
ROUTES = routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))
PATHS = [
    *(re.sub("{[a-z_]+}", SOMETHING, route.path) for route in ROUTES if route.path.startswith("/api/")),
    "/api/v1/no/such",
]
ASKED = "authorization,content-type,idempotency-key"


def preflight(house: House, path: str, origin: str, method: str = "POST") -> requests.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ASKED,
    }
    return house.request("OPTIONS", path, token="", headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_no_credentials(guarded: Guarded, path: str) -> None:
    answer = preflight(guarded.house, path, guarded.origin)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == guarded.origin
    assert answer.headers["Access-Control-Allow-Headers"] == ASKED
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(
        answer.headers["Access-Control-Allow-Methods"].split(", ")
    )


def test_a_preflight_of_another_origin_is_told_nothing(guarded: Guarded) -> None:
    headers = preflight(guarded.house, "/conversations", "https://evil.example").headers
    assert [name for name in headers if name.lower().startswith("access-control")] == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:3000", "null"])
def test_the_request_itself_needs_a_token_whatever_was_asked_before(guarded: Guarded, origin: str) -> None:
    for allowed in (origin, guarded.origin):
        answer = guarded.house.request("GET", "/conversations", token="", headers={"Origin": allowed})
        assert answer.status_code == 401
        assert ("Access-Control-Allow-Origin" in answer.headers) == (allowed == guarded.origin)


def test_a_page_may_read_what_clients_are_told_to_heed(guarded: Guarded) -> None:
    answer = guarded.house.request("GET", "/conversations", headers={"Origin": guarded.origin})
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Retry-After", "ETag", "RateLimit"} <= set(exposed)
    assert answer.headers["Vary"] == "Origin"


def test_in_development_pages_of_this_machine_may_use_rest_as_they_may_sockets(house: House) -> None:
    mine, evil = "http://localhost:3000", "https://evil.example"
    assert preflight(house, "/conversations", mine).headers["Access-Control-Allow-Origin"] == mine
    answers: dict[str, Any] = {
        origin: house.request("PATCH", f"/conversations/{SOMETHING}", headers={"Origin": origin}, json={})
        for origin in (mine, evil)
    }
    assert answers[evil].status_code == 403
    assert answers[mine].status_code != 403
