"""The inbox keeps its shape: nothing moves the page itself, and no name pushes anything off the screen."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from faults.people.agents import Person
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 780}


def hear(house: House, phone: str, text: str, name: str = "Ada Lovelace") -> None:
    """A customer of this name writes."""
    house.sandbox("POST", "inbound", text=text, **{"from": {"wa_id": phone, "name": name}})


def open_thread(page: Page, words: str) -> Locator:
    """Opens the conversation whose last message this is; returns that message."""
    page.get_by_test_id("conversation-item").filter(has_text=words).click()
    message = page.get_by_test_id("message").filter(has_text=words).last
    expect(message).to_be_visible()
    expect(page.get_by_test_id("composer-input")).to_be_enabled()
    return message


def scrolled(page: Page) -> float:
    """How far the page itself has moved, and how much further it could."""
    return float(
        page.evaluate(
            "() => window.scrollY + document.body.scrollTop + document.documentElement.scrollHeight - innerHeight"
        )
    )


def assert_on_screen(page: Page, part: Locator) -> None:
    box, size = part.bounding_box(), page.viewport_size
    assert box
    assert size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_wheel_moves_the_page_however_long_list_and_thread_are(
    desk: Page, house: House, phone: str, size: dict[str, int]
) -> None:
    desk.set_viewport_size(size)  # type: ignore[arg-type]
    words = uuid.uuid4().hex
    others = [{"text": f"other {at}", "from": {"wa_id": f"4477009008{at:02d}"}} for at in range(30)]
    house.sandbox("POST", "inbound", batch=others, per_post=30)
    batch = [{"text": f"line {at}", "from": {"wa_id": phone}} for at in range(40)]
    house.sandbox("POST", "inbound", batch=batch, per_post=40)
    hear(house, phone, words)
    expect(desk.get_by_test_id("conversation-item").filter(has_text=words)).to_be_visible()
    assert scrolled(desk) == 0
    open_thread(desk, words)
    for part in ("composer", "head", "scroller"):
        desk.get_by_test_id(part).hover()
        desk.mouse.wheel(0, 4000)
        desk.mouse.wheel(0, -300)
    assert scrolled(desk) == 0
    expect(desk.get_by_test_id("send-button")).to_be_in_viewport()


def test_after_a_log_in_without_a_reload_only_the_inbox_is_there(
    desk: Page, house: House, colleague: Person
) -> None:
    desk.context.add_cookies([{"name": "parley_session", "value": "0" * 43, "url": house.site}])
    desk.goto(f"{house.site}/#/")
    desk.reload()
    expect(desk.get_by_test_id("login-email")).to_be_visible()
    expect(desk.get_by_text("Opening the inbox")).to_be_hidden()
    desk.get_by_test_id("login-email").fill(colleague.email)
    desk.get_by_test_id("login-password").fill(colleague.password)
    desk.get_by_test_id("login-submit").click()
    expect(desk.get_by_test_id("connection-state")).to_have_text("Live")
    expect(desk.get_by_text("Opening the inbox")).to_be_hidden()
    assert scrolled(desk) == 0


def test_of_two_faces_one_is_shown_also_where_it_is_known_who_asks_before_there_are_words(
    surroundings: BrowserContext, house: House
) -> None:
    surroundings.add_cookies([{"name": "parley_session", "value": "0" * 43, "url": house.site}])
    page = surroundings.new_page()
    held: list[Route] = []
    page.route("**/locales/*.json", lambda route: held.append(route))
    with (
        page.expect_response("**/auth/me") as refused,
        page.expect_response("**/ws/ticket"),
        page.expect_request("**/locales/*.json"),
    ):
        page.goto(house.site)
    assert refused.value.status == 401
    held[0].continue_()
    expect(page.get_by_test_id("login-email")).to_be_visible()
    expect(page.get_by_test_id("starting")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("letter", ["W", "漢", "\N{ARABIC LETTER SEEN}"])
def test_a_name_and_words_without_spaces_push_nothing_off_the_screen(
    desk: Page, house: House, phone: str, size: dict[str, int], letter: str
) -> None:
    desk.set_viewport_size(size)  # type: ignore[arg-type]
    words = uuid.uuid4().hex
    hear(house, phone, f"{words}{letter * 300}", name=letter * 200)
    theirs = open_thread(desk, words)
    assert_on_screen(desk, theirs)
    assert_on_screen(desk, desk.get_by_test_id("send-button"))
    theirs.hover()
    theirs.get_by_role("button", name="Reply to this message").click()
    assert_on_screen(desk, desk.get_by_role("button", name="Do not reply to this message"))
    desk.get_by_test_id("composer-input").fill(letter * 300)
    desk.get_by_test_id("send-button").click()
    ours = desk.locator('[data-testid="message"][data-direction="outbound"]').last
    expect(ours).to_contain_text(letter * 300)
    expect(ours).to_have_attribute("data-status", "read")  # nothing is drawn anew any more
    for part in (ours, ours.get_by_test_id("quote"), desk.get_by_test_id("send-button")):
        assert_on_screen(desk, part)
    assert desk.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_right_to_left_name_is_cut_at_its_end_and_a_blank_one_is_none(
    desk: Page, house: House, phone: str
) -> None:
    words, arabic = uuid.uuid4().hex, "محمد عبد الله"
    hear(house, phone, f"مرحبا {words}", name=arabic)
    item = desk.get_by_test_id("conversation-item").filter(has_text=words)
    for part in (item.get_by_test_id("item-name"), item.get_by_test_id("item-text")):
        expect(part).to_have_css("direction", "rtl")
    item.click()
    expect(desk.get_by_role("heading", name=arabic)).to_have_css("direction", "rtl")
    hear(house, phone, f"blank {words}", name="\u3164 \u200b")
    expect(item.get_by_test_id("item-name")).to_contain_text(phone[-3:])


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_everybody_can_use_the_list_a_thread_the_dialog_and_the_log_in(
    desk: Page,
    house: House,
    phone: str,
    size: dict[str, int],
    scheme: str,
    unusable: Callable[[Page], list[str]],
) -> None:
    desk.set_viewport_size(size)  # type: ignore[arg-type]
    desk.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    words = uuid.uuid4().hex
    hear(house, phone, words)
    expect(desk.get_by_test_id("conversation-item").filter(has_text=words)).to_be_visible()
    assert unusable(desk) == []
    desk.get_by_role("button", name="New conversation").click()
    desk.get_by_label("Phone number, with country code").fill("07700 900123")
    desk.get_by_label("Message", exact=True).last.fill("Hello")
    desk.get_by_role("button", name="Send", exact=True).last.click()
    expect(desk.get_by_test_id("new-error")).to_be_visible()
    assert unusable(desk) == []
    desk.keyboard.press("Escape")
    open_thread(desk, words).focus()
    desk.keyboard.press("r")
    desk.get_by_test_id("composer-input").fill(f"Answer to {words}")
    desk.keyboard.press("Enter")
    ours = desk.get_by_test_id("message").filter(has_text=f"Answer to {words}")
    expect(ours).to_have_attribute("data-status", "read")
    expect(ours.get_by_test_id("quote")).to_have_accessible_name(f"In reply to Ada Lovelace {words}")
    assert unusable(desk) == []
    desk.context.add_cookies([{"name": "parley_session", "value": "0" * 43, "url": house.site}])
    desk.reload()
    expect(desk.get_by_test_id("login-email")).to_be_visible()
    assert unusable(desk) == []
