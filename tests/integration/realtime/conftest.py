"""A house with two gateways behind one front door, and the example clients of the documentation."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from engines.caddy import Caddy
from engines.ports import LOOPBACK, free_port
from tests.integration.realtime.agents import EXAMPLES
from tests.integration.realtime.pair import Pair

if TYPE_CHECKING:
    from tests.support.houses import StartHouse


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[Pair]:
    directory = tmp_path_factory.mktemp("pair")
    with start_house(directory / "house", EVENT_HISTORY="100000") as house:
        own, second = house.formation.ports, free_port()
        house.formation.add("ws2", line="ws", env={"WS_PORT": str(second)})
        both = {"WS_UPSTREAM": f"{LOOPBACK}:{own.ws} {LOOPBACK}:{second}"}
        with Caddy(directory / "door", web_port=own.web, ws_port=own.ws, options=both) as door:
            house.site = door.url
            house.gateways.append(second)
            house.sandbox("PATCH", "settings", statuses={"delays": [0.02, 0.02, 0.02]})
            pair = Pair(house, {"ws": own.ws, "ws2": second})
            pair.wait("ws2")
            yield pair


@pytest.fixture(scope="session")
def example() -> ModuleType:
    """docs/examples/client.py, whose Inbox is the state that histories are played into."""
    spec = importlib.util.spec_from_file_location("example_client", EXAMPLES / "client.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
