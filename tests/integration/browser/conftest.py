"""A browser and an agent's tab in it, for the tests of the console's own page."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from faults.people import Person, employ

if TYPE_CHECKING:
    from tests.conftest import House

SOON_MS = 30_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("THE BROWSER TESTS ARE SKIPPED: there is no Chromium; install it or set CHROMIUM to one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        expect.set_options(timeout=SOON_MS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def colleague(house: House) -> Person:
    return employ(house, f"{uuid.uuid4().hex}@example.com", "agent")


@pytest.fixture
def surroundings(chromium: Browser, house: House, colleague: Person) -> Iterator[BrowserContext]:
    """A browser profile in which somebody is logged in, with a login of its own: a test may end it."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(SOON_MS)
    words = {"email": colleague.email, "password": colleague.password}
    token = str(house.request("POST", "/auth/login", json=words).json()["token"])
    context.add_cookies([{"name": "parley_session", "value": token, "url": house.site}])
    yield context
    context.close()


@pytest.fixture
def desk(surroundings: BrowserContext, house: House) -> Iterator[Page]:
    """The agent's inbox, live; a script error or anything the security policy refused fails the test."""
    problems: list[str] = []
    page = surroundings.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if "Security Policy" in line.text else None)
    page.goto(house.site)
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")
    yield page
    assert problems == []
