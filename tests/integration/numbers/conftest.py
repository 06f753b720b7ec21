"""A house whose sender speaks to a Graph API with several numbers and tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from engines.surroundings import SANDBOX_NUMBER
from tests.integration.numbers.graphoftwo import Graph
from tests.integration.numbers.several import COMMON, Several

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.agents import Person
    from tests.support.houses import StartHouse

OTHER_APP = "fedcba9876543210" * 2
# Made up, as `parley secret` makes them.
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture(scope="package")
def several(
    tmp_path_factory: pytest.TempPathFactory,
    start_house: StartHouse,
    employ: Callable[[House, str, str], Person],
) -> Iterator[Several]:
    settings = {
        "WHATSAPP_APP_SECRET": "0123456789abcdef" * 2,
        "WHATSAPP_APP_SECRETS_MORE": OTHER_APP,
        "SECRET_KEY": KEY,
        "LOG_FORMAT": "json",
    }
    directory = tmp_path_factory.mktemp("several")
    with Graph({SANDBOX_NUMBER: COMMON}) as graph, start_house(directory, **settings) as house:
        house.formation.process("sender").stop(15)
        to_graph = {"WHATSAPP_GRAPH_URL": graph.url, "WHATSAPP_ACCESS_TOKEN": COMMON, "LOG_LEVEL": "debug"}
        house.formation.add("sender", env=to_graph)
        admin, agent = (employ(house, f"{role}@example.com", role) for role in ("admin", "agent"))
        house.token = admin.token
        yield Several(house, graph, agent)
