"""The house as it runs in production, with an admin and an agent who are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from faults.house import PRODUCTION, PUBLIC
from faults.people.agents import Person
from faults.people.agents import employ as hire
from tests.chromium import launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import House, StartHouse


class Guarded(NamedTuple):
    """A house in production mode, what it must keep secret, and who works there. Requests are the agent's."""

    house: House
    admin: Person
    agent: Person
    secret: str = PRODUCTION["WHATSAPP_APP_SECRET"]
    verify_token: str = PRODUCTION["WHATSAPP_VERIFY_TOKEN"]
    origin: str = PUBLIC


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[Guarded]:
    # At debug, for what no log may hold is kept out of that too.
    settings = PRODUCTION | {"LOG_LEVEL": "debug"}
    with start_house(tmp_path_factory.mktemp("guarded"), "production", **settings) as house:
        admin, agent = (hire(house, f"{role}@example.com", role) for role in ("admin", "agent"))
        house.token = agent.token
        yield Guarded(house, admin, agent)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A module's own, for an event loop runs in its thread as long as it does."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def employ() -> Callable[[House, str, str], Person]:
    """``employ(house, email, role)``: somebody new who works there."""
    return hire


@pytest.fixture(scope="session")
def guarded_house(guarded: Guarded) -> House:
    """The house of ``guarded``, where requests are the agent's."""
    return guarded.house
