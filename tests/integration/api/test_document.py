"""The house against its own document: what schemathesis makes of it, right and wrong, is answered as it says.

The house is its own, for what is made up is stored, and numbers and dead letters with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import redis
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks

from api import openapi
from api.house import furnish
from api.routes import routes
from faults.house import PRODUCTION
from faults.people.agents import employ
from settings import Settings

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.houses import StartHouse

pytestmark = pytest.mark.integration

# Of each operation, right ones and wrong ones; with all of them a minute's worth.
BOUNDED = settings(
    max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
TABLE = routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))
# Of its own session the house would know nothing afterwards.
OPERATIONS = [
    (method.upper(), route.path)
    for route in TABLE
    for method, operation in openapi.operations(route)
    if operation.name != "log_out"
]
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
def document(own_house: House) -> Any:
    return schemathesis.openapi.from_url(f"{own_house.site}/api/v1/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_request_is_answered_as_the_document_says(
    document: Any, own_house: House, method: str, path: str
) -> None:
    headers = {"Authorization": f"Bearer {own_house.token}"}

    @given(case=document[path][method].as_strategy(generation_mode=GenerationMode.POSITIVE))
    @BOUNDED
    def right(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT, timeout=20)

    @given(case=document[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE))
    @BOUNDED
    def wrong(case: Any) -> None:
        case.call_and_validate(headers=headers, timeout=20)

    right()
    if takes_something(document[path][method]):
        wrong()


def takes_something(operation: Any) -> bool:
    return bool(operation.body) or bool(operation.query)
