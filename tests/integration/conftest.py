"""The house as it runs in production, with an admin and an agent who are logged in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from engines.formation import ROOT

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse

SECRET = "5f3c7a1be2d94806b7c0ffee12345678"
VERIFY_TOKEN = "a-long-random-verify-word"
PUBLIC = "https://parley.example"
PASSWORD = "correct horse battery"


class Person(NamedTuple):
    """Somebody with an account, logged in by REST."""

    id: str
    email: str
    password: str
    token: str


class Guarded(NamedTuple):
    """A house in production mode, what it must keep secret, and who works there. Requests are the agent's."""

    house: House
    admin: Person
    agent: Person
    secret: str = SECRET
    verify_token: str = VERIFY_TOKEN
    origin: str = PUBLIC


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[Guarded]:
    settings = {
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_VERIFY_TOKEN": VERIFY_TOKEN,
        "WHATSAPP_WEBHOOK_URL": f"{PUBLIC}/api/v1/whatsapp",
        "LOG_FORMAT": "json",
    }
    with start_house(tmp_path_factory.mktemp("guarded"), "production", **settings) as house:
        admin, agent = (_employ(house, f"{role}@example.com", role) for role in ("admin", "agent"))
        house.token = agent.token
        yield Guarded(house, admin, agent)


@pytest.fixture(scope="session")
def employ() -> Callable[[House, str, str], Person]:
    """``employ(house, email, role)``: somebody new who works there."""
    return _employ


@pytest.fixture(scope="session")
def guarded_house(guarded: Guarded) -> House:
    """The house of ``guarded``, where requests are the agent's."""
    return guarded.house


def _employ(house: House, email: str, role: str) -> Person:
    """``parley agent create``, then a login."""
    subprocess.run(
        [sys.executable, "-m", "cli.main", "agent", "create", email, "--role", role],
        input=f"{PASSWORD}\n",
        env=house.formation.env,
        cwd=ROOT,
        text=True,
        check=True,
        capture_output=True,
    )
    session: Any = house.request("POST", "/auth/login", json={"email": email, "password": PASSWORD}).json()
    return Person(session["agent"]["id"], email, PASSWORD, session["token"])
