"""The house as it runs in production, with an admin and an agent who are logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from faults.house import PRODUCTION
from faults.people.agents import Person
from faults.people.agents import employ as hire
from tests.chromium import launched
from tests.support.guarded import Guarded

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from faults.house import House
    from tests.support.houses import StartHouse


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
