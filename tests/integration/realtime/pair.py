"""A house with two gateways behind one door."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import requests

from engines.ports import LOOPBACK
from engines.waiting import wait_until
from realtime.bus import HISTORY

if TYPE_CHECKING:
    from faults.house import House


class Pair:
    """``house`` is entered by a door with both gateways behind it, which are called ``ws`` and ``ws2``."""

    def __init__(self, house: House, ports: dict[str, int]) -> None:
        self.house = house
        self._ports = ports

    def subscribed(self, name: str) -> int:
        """How many subscriptions a gateway serves."""
        metrics = requests.get(self._url(name, "metrics"), timeout=30).text
        match = re.search(r"^parley_ws_subscriptions (\d+)", metrics, re.M)
        assert match is not None, metrics
        return int(match[1])

    def history(self, first: str, last: str, conversation: str | None = None) -> list[str]:
        """The ids of all events from one to another, of one conversation or of all."""
        entries = self.house.redis.xrange(HISTORY, first, last)
        return [key.decode() for key, fields in entries if conversation in (None, fields[b"c"].decode())]

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
