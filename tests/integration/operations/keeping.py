"""Whether what customers were promised is kept, once everything runs again."""

from __future__ import annotations

from engines.waiting import wait_until
from faults.house import House
from faults.people.customers import Customers

_STORED = "SELECT wamid, count(*) FROM message WHERE wamid = ANY(%s) GROUP BY wamid"


def all_stored(house: House, customers: Customers, seconds: float = 40.0) -> None:
    """Every acknowledged message is there, once, and no client was told anything odd."""
    promised = {said.key for said in customers.ledger.read()}
    assert len(promised) == customers.count > 0
    assert wait_until(lambda: len(house.ask(_STORED, list(promised))) == len(promised), seconds), (
        f"{len(promised) - len(house.ask(_STORED, list(promised)))} of {len(promised)} are missing"
    )
    assert {count for _, count in house.ask(_STORED, list(promised))} == {1}
    assert customers.trouble == []
