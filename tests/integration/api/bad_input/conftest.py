"""A house that is as it was after whatever a client sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded


@pytest.fixture(scope="module")
def guarded_house(guarded: Guarded) -> Iterator[House]:
    """Requests are the admin's, whom no role keeps from the checks behind it."""
    token, guarded.house.token = guarded.house.token, guarded.admin.token
    yield guarded.house
    guarded.house.token = token


@pytest.fixture(autouse=True, scope="module")
def _healthy_afterwards(guarded_house: House, phones: Iterator[str]) -> Iterator[None]:
    """What these tests sent left the house as it was."""
    yield
    assert guarded_house.request("GET", "/readyz").json()["status"] == "ok"
    assert guarded_house.converse(next(phones))
    assert guarded_house.formation.lost() == {}
    log = guarded_house.formation.process("web").log.read_text()
    assert "internal_error" not in log
    assert "Traceback" not in log


@pytest.fixture(scope="module")
def known_conversation(guarded_house: House, phones: Iterator[str]) -> str:
    guarded_house.converse(next(phones))
    return guarded_house.converse(next(phones))
