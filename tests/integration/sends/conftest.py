"""Customers who may be written to, and a house that resends what nobody knows the fate of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.sends.customer import Customer

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse


@pytest.fixture
def customer(house: House, phone: str) -> Customer:
    return Customer(house, phone)


@pytest.fixture
def another(house: House, phones: Iterator[str]) -> Customer:
    return Customer(house, next(phones))


@pytest.fixture(scope="module")
def resending(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    """A house that sends once more what nobody knows the fate of, and gives a status three seconds to tell it."""
    settings = {"UNCONFIRMED_POLICY": "resend", "UNCONFIRMED_GRACE_S": "3", "SEND_TIMEOUT_S": "1"}
    with start_house(tmp_path_factory.mktemp("resending"), **settings) as house:
        yield house
