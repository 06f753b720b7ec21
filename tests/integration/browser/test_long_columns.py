"""What an agent reads in a long thread or list stays in its place, and is found."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]

OLDER = "() => document.querySelector('[data-testid=scroller]').scrollTop < 400"


def thread(house: House, phone: str, lines: int) -> str:
    """A conversation of so many unread lines; returns its id."""
    for first in range(0, lines, 50):
        some = [
            house.meta.text(phone, f"line {at:03d} {'and more ' * (at % 7)}")
            for at in range(first, min(lines, first + 50))
        ]
        assert house.deliver(house.meta.said(*some)).ok
    return str(
        house.eventually(lambda: house.stored(some[-1]["id"]), what="the last line")["conversation_id"]
    )


def visit(page: Page, conversation: str) -> None:
    page.evaluate("id => { location.hash = `#/c/${id}` }", conversation)
    expect(page.get_by_test_id("composer-input")).to_be_enabled()


def place_of_first(page: Page) -> tuple[str, float]:
    """The first message in sight, and how far below the edge it begins."""
    first = page.evaluate(
        """() => {
            const edge = document.querySelector("[data-testid=scroller]").getBoundingClientRect().top;
            const all = [...document.querySelectorAll("[data-testid=message]")];
            const first = all.find((each) => each.getBoundingClientRect().top >= edge);
            return [first.dataset.messageId, first.getBoundingClientRect().top - edge];
        }"""
    )
    return first[0], first[1]


@pytest.mark.parametrize("top", [300, 0])
def test_older_messages_come_without_moving_what_is_read(
    desk: Page, house: House, phone: str, top: int
) -> None:
    visit(desk, thread(house, phone, 140))
    expect(desk.get_by_test_id("message").last).to_contain_text("line 139")
    scroller = desk.get_by_test_id("scroller")
    with desk.expect_response("**/messages?**") as older:
        scroller.evaluate("(each, top) => { each.scrollTop = top }", top)
    name, before = place_of_first(desk)
    older.value.finished()
    desk.wait_for_function("() => document.querySelector('[data-testid=scroller]').scrollTop > 1000")
    row = desk.locator(f'[data-testid="message"][data-message-id="{name}"]')
    edge = scroller.bounding_box()
    box = row.bounding_box()
    assert edge
    assert box
    # What was the first of its day stands a little closer to what now comes before it.
    assert abs(box["y"] - edge["y"] - before) < (8 if top == 0 else 2)


def test_by_wheel_one_comes_to_the_first_message_and_back_to_the_last(
    desk: Page, house: House, phone: str
) -> None:
    visit(desk, thread(house, phone, 140))
    expect(desk.get_by_test_id("message").last).to_contain_text("line 139")
    desk.get_by_test_id("scroller").hover()
    first = desk.get_by_test_id("message").filter(has_text="line 000")
    house.eventually(lambda: desk.mouse.wheel(0, -700) or first.count(), what="the first message")
    house.eventually(
        lambda: (
            desk.mouse.wheel(0, -700)
            or desk.evaluate("document.querySelector('[data-testid=scroller]').scrollTop") == 0
        ),
        what="the top",
    )
    expect(first).to_be_in_viewport()
    last = desk.get_by_test_id("message").filter(has_text="line 139")
    house.eventually(
        lambda: desk.mouse.wheel(0, 900) or (last.count() and last.is_visible()), what="the last message"
    )


def test_the_unread_line_stands_at_the_first_unread_however_many_there_are(
    desk: Page, house: House, phone: str
) -> None:
    visit(desk, thread(house, phone, 120))
    expect(desk.get_by_test_id("message").last).to_contain_text("line 119")
    line = desk.get_by_test_id("unread-line")
    expect(line).to_have_count(0)  # it is above what is loaded
    desk.get_by_test_id("scroller").hover()
    house.eventually(lambda: desk.mouse.wheel(0, -700) or line.count(), what="the unread line")
    following = desk.evaluate(
        """() => document.querySelector("[data-testid=unread-line]").closest("li").nextElementSibling.textContent"""
    )
    assert "line 000" in following


@pytest.mark.parametrize("shown", ["+{0} {1} {2} {3}", "00{0}{1}{2}{3}", "0{1} {2}{3}", "+{0} (0){1}{2} {3}"])
def test_a_number_is_found_however_it_is_written(desk: Page, house: House, phone: str, shown: str) -> None:
    words = uuid.uuid4().hex
    conversation = house.converse(phone, words)
    parts = (phone[:2], phone[2:5], phone[5:8], phone[8:])
    desk.get_by_test_id("search").fill(shown.format(*parts))
    expect(desk.get_by_test_id("conversation-item")).to_have_count(1)
    expect(desk.locator(f'[data-conversation-id="{conversation}"]')).to_contain_text(words)


def test_what_is_shown_at_the_start_is_fetched_once_and_files_are_asked_for_once_in_their_lives(
    desk: Page, house: House
) -> None:
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url.removeprefix(house.site)))
    desk.reload()
    expect(desk.get_by_test_id("connection-state")).to_have_text("Live")
    desk.wait_for_load_state("networkidle")
    data = [path for path in asked if path.startswith("/api/v1/")]
    assert len([path for path in data if path.startswith("/api/v1/conversations?")]) == 1
    assert len(data) == len(set(data)), data
    fetched = desk.evaluate(
        """() => performance.getEntriesByType("resource")
            .filter((each) => each.name.includes("/console/") && each.transferSize > 0).map((each) => each.name)"""
    )
    assert fetched == []
