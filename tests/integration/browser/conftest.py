"""A browser and an agent's tab in it, for the tests of the console's own page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from faults.people.agents import Person, employ
from tests.chromium import problems_of

if TYPE_CHECKING:
    from tests.conftest import House


@pytest.fixture(scope="module")
def colleague(house: House) -> Person:
    return employ(house, f"{uuid.uuid4().hex}@example.com", "agent")


@pytest.fixture
def surroundings(chromium: Browser, house: House, colleague: Person) -> Iterator[BrowserContext]:
    """A browser profile in which somebody is logged in, with a login of its own: a test may end it."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
    words = {"email": colleague.email, "password": colleague.password}
    token = str(house.request("POST", "/auth/login", json=words).json()["token"])
    context.add_cookies([{"name": "parley_session", "value": token, "url": house.site}])
    yield context
    context.close()


@pytest.fixture
def desk(surroundings: BrowserContext, house: House) -> Iterator[Page]:
    """The agent's inbox, live; a script error or anything the security policy refused fails the test."""
    page = surroundings.new_page()
    problems = problems_of(page)
    page.goto(house.site)
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")
    yield page
    assert problems == []
