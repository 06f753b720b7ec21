"""What a killed gateway leaves behind."""

from __future__ import annotations

import pytest

from faults.expect import eventually
from faults.home import Home

pytestmark = [pytest.mark.integration, pytest.mark.fault]


def test_a_killed_gateway_vanishes_from_the_statistics_by_itself(fragile: Home) -> None:
    fragile.mend()
    formation = fragile.house.formation
    # Those that other tests killed go first.
    eventually(lambda: len(gateways(fragile)) == 1, what="one gateway")
    (before,) = gateways(fragile)
    formation.kill("ws")
    formation.restart("ws")
    eventually(lambda: before not in gateways(fragile), what="its record running out")
    eventually(lambda: len(gateways(fragile)) == 1, what="its successor's record")


def gateways(home: Home) -> list[str]:
    """The ids of those that are counted as alive."""
    stats = home.house.request("GET", "/ws/stats").json()
    return [each["gateway"] for each in stats["gateways"]]
