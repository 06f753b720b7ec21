"""What the tests of the real processes share: a house as bin/dev starts it, and everybody who speaks to it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.expect import eventually
from faults.house import House, environment, running
from faults.people.meta import Meta
from faults.people.socket_client import Socket
from tests.support.houses import StartHouse

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest_plugins = ["tests.support.servers"]

__all__ = ["House", "Meta", "Socket", "StartHouse", "eventually"]


@pytest.fixture(scope="session")
def start_house() -> StartHouse:
    """Start a house of one's own: ``with start_house(directory, SEND_LEASE_S="3") as house``."""

    def start(
        directory: Path, app_env: str = "development", **settings: str
    ) -> contextlib.AbstractContextManager[House]:
        return running(directory, app_env, environment(**settings))

    return start


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    """The house as a developer gets it from bin/dev: open, with no secret set."""
    with start_house(tmp_path_factory.mktemp("house")) as started:
        yield started


@pytest.fixture(scope="session")
def unusable() -> Callable[..., list[str]]:
    """What axe-core finds on a page as it is now: WCAG A and AA, and what its authors hold to be good practice. Nothing
    is said of what is ``beside`` the point, a selector."""
    if not os.environ.get("CI"):
        pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    from axe_playwright_python.sync_playwright import Axe

    asked = {"resultTypes": ["violations"], "rules": {"label-content-name-mismatch": {"enabled": True}}}

    def find(page: Page, beside: str = "") -> list[str]:
        context = {"exclude": [[beside]]} if beside else None
        violations = Axe().run(page, context=context, options=asked).response["violations"]
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in violations
            for node in violation["nodes"]
        ]

    return find


@pytest.fixture(scope="session")
def phones() -> Iterator[str]:
    """Phone numbers that belong to nobody (Ofcom's for drama), each given once a session."""
    return iter(f"447700900{number:03d}" for number in range(1000))


@pytest.fixture
def phone(phones: Iterator[str]) -> str:
    """A customer's number no other test uses."""
    return next(phones)
