"""What the answer to a login holds: a token that is shown, or one in a cookie."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import MagicMock

import pytest
from falcon import testing

from api.app import create_app
from api.house import House
from api.resources import sessions
from models.actors.agents import Who
from models.actors.logins import Session
from models.database import bind
from settings import Settings

TOKEN = "t" * 43


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> testing.TestClient:
    bind("postgresql://nobody@127.0.0.1:1/none", 1)
    house = House(settings=Settings(), **{name: MagicMock() for name in House._fields if name != "settings"})
    who = Who("0190", "ada@example.com", "Ada", "agent")
    house.logins.begin.return_value = Session(who, TOKEN, datetime(2030, 1, 1, tzinfo=UTC))  # type: ignore[attr-defined]
    monkeypatch.setattr(sessions, "address_of", lambda req: "203.0.113.9")
    return testing.TestClient(create_app(house))


@pytest.mark.parametrize("for_browser", [False, True])
def test_a_token_is_shown_or_in_a_cookie_and_never_both(
    client: testing.TestClient, for_browser: bool
) -> None:
    body = {"email": "ada@example.com", "password": "whatever it is"} | (
        {"cookie": True} if for_browser else {}
    )
    answer = client.simulate_post("/api/v1/auth/login", json=body)
    assert answer.status_code == 200
    assert (TOKEN in answer.text) == (not for_browser)
    assert ("Set-Cookie" in answer.headers) == for_browser
    assert "Set-Cookie" not in answer.headers or TOKEN in answer.headers["Set-Cookie"]
