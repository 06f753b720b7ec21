"""A house with two gateways behind one front door, and the example clients of the documentation."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
import requests
from agents import EXAMPLES

from engines.caddy import Caddy
from engines.ports import LOOPBACK, free_port
from engines.waiting import wait_until
from realtime.bus import HISTORY

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse


class Pair:
    """``house`` is entered by a door with both gateways behind it, which are called ``ws`` and ``ws2``."""

    def __init__(self, house: House, ports: dict[str, int]) -> None:
        self.house = house
        self._ports = ports

    def subscribed(self, name: str) -> int:
        """How many subscriptions a gateway serves."""
        metrics = requests.get(self._url(name, "metrics"), timeout=30).text
        found = re.search(r"^parley_ws_subscriptions (\d+)", metrics, re.M)
        assert found is not None, metrics
        return int(found[1])

    def history(self, first: str, last: str, conversation: str | None = None) -> list[str]:
        """The ids of all events from one to another, of one conversation or of all."""
        entries = self.house.redis.xrange(HISTORY, first, last)
        return [key.decode() for key, told in entries if conversation in (None, told[b"c"].decode())]

    def kill(self, name: str) -> None:
        self.house.formation.kill(name)

    def restart(self, name: str) -> None:
        """SIGTERM, then a new one; returns once it takes sockets."""
        self.house.formation.restart(name)
        self.wait(name)

    def wait(self, name: str) -> None:
        assert wait_until(lambda: self._is_ready(name), 30), f"{name} takes no sockets"

    def _is_ready(self, name: str) -> bool:
        try:
            return requests.get(self._url(name, "readyz"), timeout=2).ok
        except requests.RequestException:
            return False

    def _url(self, name: str, path: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}/{path}"


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
