"""What an agent sees of sends that wait, and of those that nobody knows the fate of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

if TYPE_CHECKING:
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]
QUALITY, TOKEN = 131048, 190
NUMBER = "+1 555 000 1111"
WAITS = "Waits: the number is paused."


class Desk(NamedTuple):
    """The inbox with one conversation open, and the house behind it."""

    page: Page
    house: House
    phone: str

    def say(self, words: str) -> Locator:
        """Send it; returns the message in the thread."""
        self.page.get_by_test_id("composer-input").fill(words)
        self.page.get_by_test_id("composer-input").press("Enter")
        return self.page.get_by_test_id("message").filter(has_text=words)

    def refuse(self, code: int, status: int = 400) -> None:
        """Have Meta refuse the next call for this customer."""
        self.house.sandbox("POST", "faults", kind="graph_error", code=code, status=status, to=self.phone)

    def try_again_now(self) -> None:
        self.house.ask("UPDATE number_hold SET until = now()")

    @property
    def notice(self) -> Locator:
        return self.page.get_by_test_id("hold").filter(has_text=NUMBER)


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Page:
    return chromium.new_page(locale="en-GB")


@pytest.fixture
def desk(tab: Page, house: House, phone: str) -> Iterator[Desk]:
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(f"{house.site}/#/c/{house.converse(phone)}")
    expect(tab.get_by_test_id("connection-state")).to_have_text("Live")
    expect(tab.get_by_test_id("composer-input")).to_be_enabled()
    yield Desk(tab, house, phone)
    # However it ended, the next test finds a number that sends.
    house.sandbox("DELETE", "faults")
    house.sandbox("PATCH", "settings", statuses={"muted": False})
    house.ask("DELETE FROM number_hold")


def test_a_paused_number_is_told_until_it_sends_again_and_its_messages_say_that_they_wait(desk: Desk) -> None:
    desk.refuse(QUALITY)
    first = desk.say("Refused for the number's quality")
    expect(desk.notice).to_contain_text(f"{NUMBER} is paused since")
    expect(desk.notice).to_contain_text("because of its quality rating")
    expect(desk.notice).to_contain_text("One message is tried at")
    second = desk.say("Queued behind it")
    for message in (first, second):
        expect(message).to_have_attribute("data-status", "queued")
        expect(message.get_by_test_id("waits")).to_have_text(WAITS)
    desk.page.reload()
    expect(desk.notice).to_contain_text("is paused since")
    expect(second.get_by_test_id("waits")).to_have_text(WAITS)
    desk.try_again_now()
    expect(desk.notice).to_have_count(0)
    for message in (first, second):
        expect(message).to_have_attribute("data-status", "read")
        expect(message.get_by_test_id("waits")).to_have_count(0)


def test_an_admin_is_told_where_a_token_is_set_which_ends_the_pause(desk: Desk) -> None:
    desk.refuse(TOKEN, 401)
    message = desk.say("Refused for the token")
    expect(desk.notice).to_contain_text("Meta refused the access token")
    expect(desk.notice).to_contain_text(f"run “parley number token {desk.house.meta.number}”")
    # The sandbox takes any token; what counts is that one is set, here none of its own.
    body = {"access_token": None}
    assert desk.house.request("PATCH", f"/numbers/{desk.house.meta.number}", json=body).status_code == 200
    expect(desk.notice).to_have_count(0)
    expect(message).to_have_attribute("data-status", "read")


def test_on_a_narrow_screen_the_reason_opens_by_keyboard_and_leaves_room_for_the_thread(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 360, "height": 640})
    desk.page.reload()
    desk.refuse(QUALITY)
    message = desk.say("From a small screen")
    reason = desk.notice.get_by_text("because of its quality rating")
    expect(desk.notice).to_be_visible()
    expect(reason).to_be_hidden()
    desk.notice.locator("summary").focus()
    desk.page.keyboard.press("Enter")
    expect(reason).to_be_visible()
    expect(message).to_be_in_viewport()
    expect(desk.page.get_by_test_id("composer-input")).to_be_in_viewport()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_unconfirmed_message_says_that_nobody_knows_and_a_retry_marks_it(desk: Desk) -> None:
    desk.house.sandbox("PATCH", "settings", statuses={"muted": True})
    desk.house.sandbox("POST", "faults", kind="cut", accept=True, to=desk.phone)
    message = desk.say("Was this sent?")
    expect(message).to_have_attribute("data-status", "unconfirmed")
    expect(message).to_contain_text("Nobody knows whether it was sent")
    expect(message).to_contain_text("waits for a status")
    expect(message).to_contain_text("may get it twice")
    desk.house.sandbox("PATCH", "settings", statuses={"muted": False})
    message.get_by_role("button", name="Retry").press("Enter")
    expect(message).to_have_attribute("data-status", "read")
    expect(message).to_contain_text("may have arrived twice")


def test_a_status_that_comes_late_settles_an_unconfirmed_message(desk: Desk) -> None:
    desk.house.sandbox("PATCH", "settings", statuses={"muted": True})
    desk.house.sandbox("POST", "faults", kind="cut", accept=True, to=desk.phone)
    message = desk.say("The status tells")
    expect(message).to_have_attribute("data-status", "unconfirmed")
    (taken,) = desk.house.sandbox("GET", f"messages?to={desk.phone}")["messages"]
    desk.house.sandbox("PATCH", "settings", statuses={"muted": False})
    desk.house.sandbox("POST", "statuses", wamid=taken["wamid"], status="delivered")
    expect(message).to_have_attribute("data-status", "delivered")
    expect(message.get_by_role("button", name="Retry")).to_have_count(0)
    expect(message).not_to_contain_text("twice")
