"""The console in another language, by finger, and in the reader's own colours."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.chromium import problems_of

if TYPE_CHECKING:
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]
FINGER_PX = 44
LEAST_LETTERS_PX = 16


@pytest.fixture
def german(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        locale="de-AT", timezone_id="Europe/Vienna", viewport={"width": 1280, "height": 800}
    )
    yield context
    context.close()


@pytest.fixture
def phone_screen(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(
        locale="en-GB", viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def visit(page: Page, house: House, conversation: str = "") -> None:
    page.goto(f"{house.site}/#/c/{conversation}" if conversation else house.site)
    expect(page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
    if conversation:
        expect(page.get_by_test_id("message").last).to_be_visible()


def test_the_browsers_language_is_spoken_until_another_is_chosen_here(
    german: BrowserContext, house: House, phone: str
) -> None:
    page = german.new_page()
    problems = problems_of(page)
    visit(page, house, house.converse(phone))
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_placeholder("Nachricht schreiben")).to_be_visible()
    expect(page.get_by_text("Heute", exact=True)).to_be_visible()
    page.get_by_test_id("language").select_option("en")
    expect(page.get_by_placeholder("Write a message")).to_be_visible()
    expect(page.get_by_text("Today", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_placeholder("Write a message")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_test_id("language").select_option("")
    expect(page.get_by_placeholder("Nachricht schreiben")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    assert problems == []


def size(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box
    return box["width"], box["height"]


def test_what_a_finger_touches_is_large_enough_and_fields_are_not_zoomed_into(
    phone_screen: Page, house: House, phone: str
) -> None:
    visit(phone_screen, house)
    parts = {
        name: phone_screen.get_by_role("button", name=name) for name in ("New conversation", "Log out", "All")
    }
    assert {name for name, part in parts.items() if min(size(part)) < FINGER_PX} <= {
        "All"
    }  # wide as its word
    assert size(parts["All"])[1] >= FINGER_PX
    visit(phone_screen, house, house.converse(phone, f"Touch {uuid.uuid4().hex}"))
    for part in (
        phone_screen.get_by_role("link", name="Back to the list"),
        phone_screen.get_by_test_id("send-button"),
        phone_screen.get_by_role("button", name="Reply to this message").last,
    ):
        assert min(size(part)) >= FINGER_PX
    letters = phone_screen.get_by_test_id("composer-input").evaluate(
        "each => getComputedStyle(each).fontSize"
    )
    assert float(letters.removesuffix("px")) >= LEAST_LETTERS_PX


def test_in_the_readers_own_colours_selection_filter_and_bubbles_are_told_by_more_than_a_colour(
    desk: Page, house: House, phone: str
) -> None:
    conversation = house.converse(phone, "Seen in other colours")
    other = house.converse(f"{phone}1", "Not open")
    desk.emulate_media(forced_colors="active")
    desk.evaluate("id => { location.hash = `#/c/${id}` }", conversation)
    bubble = desk.get_by_test_id("message").last.locator(".bubble")
    expect(bubble).to_have_css("border-top-style", "solid")
    opened = desk.locator(f'[data-conversation-id="{conversation}"]')
    expect(opened).to_have_css("outline-style", "solid")
    expect(desk.locator(f'[data-conversation-id="{other}"]')).to_have_css("outline-style", "none")
    dot = desk.get_by_test_id("connection-state").locator(".dot")
    canvas, dotted = (
        part.evaluate("each => getComputedStyle(each).backgroundColor")
        for part in (desk.locator("body"), dot)
    )
    assert canvas != dotted
    backgrounds = desk.evaluate(
        """() => [...document.querySelectorAll("[data-testid=filters] button")]
            .map((each) => getComputedStyle(each).backgroundColor)"""
    )
    assert len(set(backgrounds)) == 2
