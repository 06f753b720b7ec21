"""The page that shows the API's document, in a browser: it can be read, and what is tried there happens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.chromium import problems_of

if TYPE_CHECKING:
    from faults.people.agents import Person
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]


@pytest.fixture
def docs(surroundings: BrowserContext, house: House) -> Iterator[Page]:
    """The page, with its operations; a script error, a logged one, or anything the policy refused fails the test."""
    page = surroundings.new_page()
    problems = problems_of(page)
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.goto(f"{house.site}/docs")
    expect(operation(page, "GET", "/auth/me")).to_be_visible()
    yield page
    assert problems == []


def operation(page: Page, method: str, path: str) -> Locator:
    exactly = page.locator(".opblock-summary-path").filter(has_text=re.compile(f"{re.escape(path)}$"))
    return page.locator(f".opblock-{method.lower()}").filter(has=exactly)


def test_every_operation_stands_there_and_can_be_looked_for(docs: Page, house: House) -> None:
    paths = house.request("GET", "/openapi.json").json()["paths"]
    told = [one for path in paths.values() for one in path.values() if "operationId" in one]
    expect(docs.locator(".opblock-summary")).to_have_count(len(told))
    expect(operation(docs, "POST", "/messages/send")).to_contain_text("Queue a message.")
    docs.get_by_placeholder("Filter by tag or path").fill("templates")
    expect(docs.locator(".opblock-summary").filter(has_not_text="/templates")).to_have_count(0)
    expect(operation(docs, "GET", "/templates")).to_be_visible()


def test_who_is_logged_in_to_the_inbox_tries_a_request_here(docs: Page, colleague: Person) -> None:
    me = operation(docs, "GET", "/auth/me")
    me.locator(".opblock-summary-control").click()
    me.get_by_role("button", name="Try it out").click()
    me.get_by_role("button", name="Execute").click()
    answer = me.locator(".live-responses-table tbody")
    expect(answer.locator(".response-col_status").first).to_have_text("200")
    expect(answer.locator(".highlight-code").first).to_contain_text(f'"email": "{colleague.email}"')


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_its_window_and_our_own_head_has_no_fault(
    docs: Page, unusable: Callable[..., list[str]], width: int, scheme: Literal["light", "dark"]
) -> None:
    docs.set_viewport_size({"width": width, "height": 800})
    docs.emulate_media(color_scheme=scheme)
    operation(docs, "POST", "/messages/send").locator(".opblock-summary-control").click()
    expect(docs.get_by_text("Idempotency-Key", exact=True)).to_be_visible()
    expect(docs.locator("html.dark-mode")).to_have_count(int(scheme == "dark"))
    assert docs.evaluate("document.documentElement.scrollWidth") == width
    assert unusable(docs, beside="#docs .swagger-ui") == []
