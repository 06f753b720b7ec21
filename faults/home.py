"""The house the rows are played in: production's settings but an impatient sender, one agent and one admin at work."""

from __future__ import annotations

import contextlib
import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

from faults.house import PRODUCTION, House, environment, running
from faults.people.agents import Person, employ

LEASE_S = 3.0
SEND_TIMEOUT_S = LEASE_S - 1
"""A call gives up before its lease runs out, as in production."""
_SETTINGS = {
    "SEND_LEASE_S": str(LEASE_S),
    "SEND_TIMEOUT_S": str(SEND_TIMEOUT_S),
    "SEND_RETRY_BASE_S": "0.2",
    "SEND_RETRY_CAP_S": "2",
}
# Soon, and far enough apart to arrive in this order mostly.
_STATUSES = {
    "delays": [0.1],
    "order": ["sent", "delivered", "read"],
    "copies": 1,
    "shuffled": False,
    "muted": False,
}


class Home:
    """A house with its people, and as many customers' numbers as are asked for, each given once."""

    def __init__(self, house: House, agent: Person, admin: Person) -> None:
        self.house = house
        self.agent = agent
        self.admin = admin
        self._phones = _fictional()

    def phones(self, count: int) -> list[str]:
        return list(itertools.islice(self._phones, count))

    def mend(self) -> None:
        """Whole again, whatever was broken."""
        formation, house = self.house.formation, self.house
        for engine in (formation.valkey, formation.postgres, formation.caddy):
            assert engine is not None
            engine.thaw()
            engine.start()
        house.redis.config_set("maxmemory", 0)
        # What Meta was made to throttle in one row is no matter of the next.
        house.redis.unlink(*house.redis.scan_iter("parley:pace:*"), "parley:pace")
        for name in ("sandbox", "web", "worker", "sender", "beat", "ws"):
            formation.process(name).signal(signal.SIGCONT)
            if not formation.process(name).running:
                formation.restart(name)
        formation.wait_until_ready()
        self.meta_behaves()

    def meta_behaves(self) -> None:
        """The sandbox as it is when nobody asked it for anything."""
        self.house.sandbox("DELETE", "faults")
        self.house.sandbox("PATCH", "settings", statuses=_STATUSES, webhook={"paused": False})


@contextlib.contextmanager
def home(directory: Path) -> Iterator[Home]:
    """A house of its own in ``directory``; everything is ended and deleted afterwards."""
    with running(directory / "data", "production", environment(**PRODUCTION, **_SETTINGS)) as house:
        agent, admin = (employ(house, f"{role}@example.com", role) for role in ("agent", "admin"))
        house.token = agent.token
        yield Home(house, agent, admin)


def _fictional() -> Iterator[str]:
    """Numbers that belong to nobody: 555-0100 to 555-0199 of each American area."""
    return (f"1{area}55501{line:02d}" for area in range(201, 999) for line in range(100))
