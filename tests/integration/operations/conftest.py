"""A house whose engines are frozen and whose processes are stopped; whole again before each test."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engines.formation import PROCESSES
from faults.people.customers import Customers

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

# Between two messages of a customer.
PAUSE_S = 0.02
# Shorter than in production, so that nobody waits for a clock.
SHORT = {"DATABASE_TIMEOUT_S": "2", "INBOX_ALARM_S": "1", "OUTBOX_ALARM_S": "1"}


@pytest.fixture(scope="package")
def _operated(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    with start_house(tmp_path_factory.mktemp("operated"), **SHORT) as house:
        yield house


@pytest.fixture
def operated(_operated: House) -> Iterator[House]:
    """A house one may do this to."""
    yield _operated
    formation = _operated.formation
    for engine in (formation.postgres, formation.valkey):
        assert engine is not None
        engine.thaw()
        engine.start()
    for name in PROCESSES:
        formation.process(name).signal(signal.SIGCONT)
        if not formation.process(name).running:
            formation.restart(name)
    formation.wait_until_ready()
    # Statuses of this test are no deliveries of the next one.
    _operated.sandbox("POST", "deliveries")
    _operated.settle()


@pytest.fixture
def customers(operated: House, phones: Iterator[str], tmp_path: Path) -> Iterator[Customers]:
    """Four who begin to write with ``start``."""
    with Customers(operated, tmp_path / "promised", list(itertools.islice(phones, 4)), PAUSE_S) as writing:
        yield writing
