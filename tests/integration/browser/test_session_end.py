"""When a session ends, nothing of a customer stays in the page for whoever sits there next."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from faults.people.agents import PASSWORD, Person, employ

if TYPE_CHECKING:
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]


@pytest.fixture
def person(house: House) -> Person:
    return employ(house, f"{uuid.uuid4().hex}@example.com", "agent")


@pytest.fixture
def tab(chromium: Browser, house: House, person: Person) -> Iterator[Page]:
    """A tab of a browser that is logged in."""
    context = chromium.new_context(locale="en-GB")
    context.add_cookies([{"name": "parley_session", "value": person.token, "url": house.site}])
    yield context.new_page()
    context.close()


def show_something_confidential(tab: Page, house: House, phone: str) -> str:
    """A conversation that is open and live; returns what was said in it."""
    words = f"confidential {uuid.uuid4().hex}"
    tab.goto(f"{house.site}/#/c/{house.converse(phone, words)}")
    expect(tab.get_by_test_id("message").filter(has_text=words)).to_be_visible()
    expect(tab.get_by_test_id("connection-state")).to_have_text("Live")
    return words


def test_names_and_texts_leave_the_page_and_come_back_with_the_next_login(
    house: House, person: Person, tab: Page, phone: str
) -> None:
    words = show_something_confidential(tab, house, phone)

    house.request("POST", "/auth/logout", token=person.token)
    expect(tab.get_by_test_id("login-email")).to_be_visible()
    expect(tab.get_by_test_id("login-error")).to_contain_text("Your session has ended")
    left = tab.evaluate("document.documentElement.outerHTML + document.title")
    assert words not in left
    assert phone not in left.replace(" ", "")

    tab.get_by_test_id("login-email").fill(person.email)
    tab.get_by_test_id("login-password").fill(PASSWORD)
    with tab.expect_request("**/auth/login") as asked:
        tab.get_by_test_id("login-submit").click()
    assert asked.value.post_data_json["cookie"] is True
    expect(tab.get_by_test_id("message").filter(has_text=words)).to_be_visible()


def test_nothing_stays_though_no_request_reaches_the_server_any_more(
    house: House, person: Person, tab: Page, phone: str
) -> None:
    words = show_something_confidential(tab, house, phone)

    tab.route("**/api/v1/**", lambda route: route.abort())
    house.request("POST", "/auth/logout", token=person.token)
    expect(tab.get_by_test_id("login-email")).to_be_visible()
    assert words not in tab.evaluate("document.documentElement.outerHTML")
