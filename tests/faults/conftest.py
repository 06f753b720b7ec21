"""A house to break things in, put together again before each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from load import Load
from subscriber import Subscriber

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse

LEASE_S = 3.0
CUSTOMERS = 6


@pytest.fixture(scope="module")
def _fragile(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    # A call gives up before its lease runs out, as in production.
    settings = {"SEND_LEASE_S": str(LEASE_S), "SEND_TIMEOUT_S": str(LEASE_S - 1)}
    with start_house(tmp_path_factory.mktemp("fragile"), **settings) as house:
        yield house


@pytest.fixture
def fragile(_fragile: House) -> Iterator[House]:
    """A house whose parts may be killed, frozen and stopped; whole again for the next test."""
    yield _fragile
    mend(_fragile)


def mend(house: House) -> None:
    formation = house.formation
    for engine in (formation.valkey, formation.postgres):
        assert engine is not None
        engine.thaw()
        engine.start()
    for name in ("web", "worker", "sender", "beat", "ws"):
        if not formation.process(name).running:
            formation.restart(name)
    house.sandbox("POST", "reset")
    house.sandbox("DELETE", "faults")
    formation.wait_until_ready()


@pytest.fixture
def load(fragile: House, phones: Iterator[str], tmp_path: Path) -> Load:
    """Customers who begin to write with ``with load:``."""
    return Load(fragile, tmp_path / "acked", list(itertools.islice(phones, CUSTOMERS)))


@pytest.fixture
def subscriber(fragile: House) -> Iterator[Subscriber]:
    """An agent who watches the inbox from before the first message."""
    with Subscriber(fragile) as listening:
        yield listening


@pytest.fixture
def restarted(fragile: House) -> Callable[[str], None]:
    """Kill a process with SIGKILL and start it again."""

    def restart(name: str) -> None:
        fragile.formation.kill(name)
        fragile.formation.restart(name)

    return restart
