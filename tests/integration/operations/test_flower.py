"""Celery's dashboard as bin/flower starts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

from engines.waiting import wait_until

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

WAIT_S = 60.0
WHO = ("somebody", "a long password")


@pytest.fixture(scope="module")
def dashboard(house: House) -> Iterator[str]:
    url = f"http://127.0.0.1:{house.formation.ports.flower}"
    process = house.formation.add(
        "flower", env={"FLOWER_BASIC_AUTH": ":".join(WHO), "FLOWER_PORT": url.rpartition(":")[2]}
    )
    assert wait_until(lambda: asked(f"{url}/healthcheck") == 200, WAIT_S), process.log_tail()
    yield url
    process.stop(10)


def asked(url: str, **how: object) -> int:
    try:
        return requests.get(url, timeout=WAIT_S, allow_redirects=False, **how).status_code  # type: ignore[arg-type]
    except requests.ConnectionError:
        return 0


@pytest.mark.parametrize("path", ["/", "/metrics", "/tasks", "/api/workers", "/broker"])
def test_each_page_asks_for_the_password(dashboard: str, path: str) -> None:
    assert asked(dashboard + path) == 401
    assert asked(dashboard + path, auth=("somebody", "wrong")) == 401
    assert asked(dashboard + path, auth=WHO) == 200


def test_the_figures_are_prometheus(dashboard: str) -> None:
    assert "python_info" in requests.get(f"{dashboard}/metrics", auth=WHO, timeout=WAIT_S).text
