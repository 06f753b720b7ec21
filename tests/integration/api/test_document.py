"""The house against its own document: what schemathesis makes of it, right and wrong, is answered as it says.

The house is its own, for what is made up is stored, and numbers and dead letters with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks

from faults.house import PRODUCTION
from faults.people.agents import employ

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = pytest.mark.integration

# Of each operation; with all of them a minute's worth.
TRIES = 12
# It cannot know which fields contradict each other, nor what Meta takes: what is right by the schema may be refused.
LEFT_OUT = [checks.positive_data_acceptance]
UNLIMITED = {
    "REQUEST_RATE": "10000",
    "STRANGER_RATE": "10000",
    "SEND_QUOTA": "100000",
    "LOGIN_ATTEMPTS": "100000",
}


@pytest.fixture(scope="module")
def own_house(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    with start_house(tmp_path_factory.mktemp("document"), "production", **PRODUCTION, **UNLIMITED) as house:
        house.token = employ(house, "admin@example.com", "admin").token
        yield house


@pytest.fixture(scope="module")
def api(own_house: House) -> Any:
    return schemathesis.openapi.from_url(f"{own_house.site}/api/v1/openapi.json")


schema = schemathesis.pytest.from_fixture("api").exclude(operation_id="log_out")  # the session is needed


@schema.parametrize()
@settings(max_examples=TRIES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_request_is_answered_as_the_document_says(case: Any, own_house: House) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {own_house.token}"}, excluded_checks=LEFT_OUT, timeout=20
    )
