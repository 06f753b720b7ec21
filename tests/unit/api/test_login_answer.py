"""What the answer to a login holds: a token that is shown, or one in a cookie."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from falcon import testing

from api.app import create_app
from api.house import furnish
from api.security.logins import Logins
from api.security.throttle import Throttle
from models.actors.agents import Agent
from models.actors.logins import Session
from models.database import bind
from realtime.connection import connect
from realtime.sessions import Sessions
from settings import Settings

TOKEN = "t" * 43


class AnyWord(Logins):
    """Lets Ada in by any password, and asks no engine."""

    def begin(self, email: str, password: str) -> Session | None:
        return Session(Agent("0190", email, "Ada", "agent"), TOKEN, datetime(2030, 1, 1, tzinfo=UTC))


class Patient(Throttle):
    """Counts nothing."""

    def count(self, account: str, address: str) -> None:
        pass

    def succeeded(self, account: str, address: str) -> None:
        pass


@pytest.fixture
def client() -> testing.TestClient:
    bind("postgresql://nobody@127.0.0.1:1/none", 1)
    redis = connect("redis://127.0.0.1:1/0")
    house = furnish(Settings(), redis)
    own = house._replace(logins=AnyWord(Sessions(redis), 14), throttle=Patient(redis, 10))
    return testing.TestClient(create_app(own))


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
