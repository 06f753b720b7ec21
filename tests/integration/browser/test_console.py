"""The agent inbox in a real browser, in front of the whole house: what an agent sees and does in a day."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from engines.formation import Formation
from tests.chromium import problems_of

pytestmark = [pytest.mark.integration, pytest.mark.browser]

PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")
ADA = "447700900123"
"""The customer who writes where nobody else is named."""
Write = Callable[..., None]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Formation]:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    with Formation(tmp_path_factory.mktemp("house"), environment) as formation:
        # A start fetches the templates of what accounts are known by then, sooner or later.
        no_templates = {"kind": "http_500", "on": "templates", "times": None}
        requests.post(
            f"{formation.urls.phone}/sandbox/faults", json=no_templates, timeout=30
        ).raise_for_status()
        yield formation


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, house: Formation) -> Iterator[Page]:
    """The inbox, live; a script error or anything the security policy refused fails the test."""
    page = context.new_page()
    problems = problems_of(page)
    page.goto(house.urls.site)
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")
    yield page
    assert problems == []


@pytest.fixture
def sandbox(house: Formation) -> Callable[[str, dict[str, Any]], None]:
    """Orders something of the sandbox's control API."""

    def order(path: str, body: dict[str, Any]) -> None:
        requests.post(f"{house.urls.phone}/sandbox/{path}", json=body, timeout=30).raise_for_status()

    return order


@pytest.fixture
def write(sandbox: Callable[[str, dict[str, Any]], None]) -> Write:
    """A customer writes."""
    return lambda text, **more: sandbox("inbound", {"text": text, **more})


def messages(page: Page, text: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text)


def open_first(page: Page) -> None:
    page.get_by_test_id("conversation-item").first.click()
    expect(page.get_by_test_id("composer-input")).to_be_enabled()


def say(page: Page, text: str) -> None:
    page.get_by_test_id("composer-input").fill(text)
    page.get_by_test_id("composer-input").press("Enter")


def test_a_customer_writes_and_an_agent_answers_and_sees_it_read(page: Page, write: Write) -> None:
    write("Do you sell tea?")
    expect(page.get_by_test_id("conversation-item").first).to_contain_text("Do you sell tea?")
    expect(page).to_have_title("(1) Parley")
    open_first(page)
    expect(page).to_have_title("Parley")
    say(page, "We do: green and black.")
    answer = messages(page, "We do: green and black.")
    expect(answer).to_have_attribute("data-status", "read")
    expect(answer.get_by_role("img", name="Read")).to_be_visible()
    expect(answer).to_have_count(1)


def test_what_a_customer_writes_stays_text(page: Page, write: Write) -> None:
    write("<img src=x onerror=alert(1)> javascript:alert(2) https://example.com/a.")
    open_first(page)
    bubble = messages(page, "onerror")
    expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    expect(bubble.get_by_role("link")).to_have_count(1)
    expect(bubble.get_by_role("link")).to_have_attribute("href", "https://example.com/a")


def test_messages_of_one_batch_all_arrive_in_the_open_thread(
    page: Page, write: Write, sandbox: Callable[[str, dict[str, Any]], None]
) -> None:
    write("First of many")
    open_first(page)
    sandbox("inbound", {"batch": [{"text": f"Burst {number}"} for number in range(20)], "per_post": 20})
    expect(messages(page, "Burst")).to_have_count(20)


def test_a_picture_is_shown_although_its_message_came_before_it(page: Page, write: Write) -> None:
    write("Look at this")
    open_first(page)
    write("unused", type="image", caption="The left one")
    picture = messages(page, "The left one").get_by_role("img", name="The left one")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_an_unknown_type_is_shown_with_what_arrived(page: Page, write: Write) -> None:
    write("Hello")
    open_first(page)
    write("ignored", type="hologram")
    expect(messages(page, "Unsupported message type “hologram”").last).to_be_visible()


def test_a_gateway_that_was_killed_costs_no_message(page: Page, house: Formation, write: Write) -> None:
    write("Before the gap")
    open_first(page)
    house.kill("ws")
    expect(page.get_by_test_id("connection-state")).not_to_have_text("Live")
    write("In the gap")
    house.restart("ws")
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")
    expect(messages(page, "In the gap")).to_have_count(1)


def test_what_is_written_offline_waits_and_goes_out_once(
    page: Page, context: BrowserContext, write: Write
) -> None:
    write("Are you there?")
    open_first(page)
    context.set_offline(True)
    say(page, "Written in a tunnel")
    expect(messages(page, "Written in a tunnel")).to_have_attribute("data-status", "waiting")
    context.set_offline(False)
    expect(messages(page, "Written in a tunnel")).to_have_attribute("data-status", "read")
    expect(messages(page, "Written in a tunnel")).to_have_count(1)


def test_a_failed_message_says_why_and_can_be_retried(
    page: Page, write: Write, sandbox: Callable[[str, dict[str, Any]], None]
) -> None:
    write("Please answer")
    open_first(page)
    # For this recipient: marking the conversation read is a call too, and would use the fault up.
    sandbox("faults", {"kind": "graph_error", "code": 131026, "status": 400, "to": ADA})
    say(page, "Does this reach you?")
    failed = messages(page, "Does this reach you?")
    expect(failed).to_have_attribute("data-status", "failed")
    failed.get_by_test_id("retry-button").click()
    expect(failed).to_have_attribute("data-status", "read")


def test_the_keyboard_alone_is_enough(page: Page, write: Write) -> None:
    write("Keys only")
    expect(page.get_by_test_id("conversation-item").first).to_contain_text("Keys only")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("composer-input")).to_be_focused()
    page.keyboard.type("Typed")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("on two lines")
    page.keyboard.press("Enter")
    expect(messages(page, "on two lines")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("nobody wrote this")
    expect(page.get_by_test_id("conversation-item")).to_have_count(0)


def test_a_narrow_screen_shows_the_list_or_the_thread(page: Page, write: Write) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    write("From a small screen")
    open_first(page)
    expect(page.get_by_test_id("conversation-item").first).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_test_id("conversation-item").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_two_agents_see_the_same_thread(page: Page, context: BrowserContext, write: Write) -> None:
    write("For both of you")
    open_first(page)
    other = context.new_page()
    other.goto(page.url)
    expect(messages(other, "For both of you").last).to_be_visible()
    say(page, "Answered by one")
    expect(messages(other, "Answered by one")).to_have_attribute("data-status", "read")


def test_a_reload_comes_back_to_the_same_conversation(page: Page, write: Write) -> None:
    write("Stay here")
    open_first(page)
    page.reload()
    expect(messages(page, "Stay here").last).to_be_visible()


def test_every_file_of_the_console_is_served(house: Formation) -> None:
    console = Path(__file__).resolve().parents[3] / "console"
    files = [path for kind in ("*.js", "*.css", "*.svg") for path in console.rglob(kind)]
    refused = [
        file
        for file in files
        if requests.get(f"{house.urls.site}/console/{file.relative_to(console)}", timeout=30).status_code
        != 200
    ]
    assert files
    assert refused == []


def test_outside_the_window_a_template_is_filled_in_previewed_and_sent(
    page: Page, write: Write, house: Formation
) -> None:
    grace = "447700900177"
    # The customer wrote two days ago: the window has closed since.
    write("Is it ready?", **{"from": grace, "timestamp": str(int(time.time()) - 172_800)})
    expect(page.get_by_test_id("conversation-item").first).to_contain_text("Is it ready?")
    page.get_by_test_id("conversation-item").first.click()
    expect(page.get_by_test_id("window-closed")).to_contain_text("approved templates only")

    page.get_by_test_id("template-open").click()
    expect(page.get_by_test_id("template-error")).to_contain_text("There is no approved template")
    requests.delete(f"{house.urls.phone}/sandbox/faults", timeout=30).raise_for_status()
    page.get_by_role("button", name="Fetch templates").click()
    expect(page.get_by_test_id("template-pick")).to_be_visible()
    page.get_by_test_id("template-pick").select_option(label="order_update (en)")
    preview = page.get_by_test_id("template-preview")
    expect(preview).to_have_text("Hi {{1}}, your order {{2}} is on its way.")
    page.get_by_label("Text, {{1}}").fill("<b>Grace</b>")
    page.get_by_label("Text, {{2}}").fill("#77")
    expect(preview).to_have_text("Hi <b>Grace</b>, your order #77 is on its way.")
    page.get_by_test_id("template-send").click()
    sent = messages(page, "Hi <b>Grace</b>, your order #77 is on its way.")
    expect(sent).to_have_attribute("data-status", "read")
    expect(page.get_by_test_id("template")).to_be_hidden()


def test_a_missed_call_stands_in_the_thread(page: Page, sandbox: Any, write: Write) -> None:
    write("I will call", **{"from": ADA})
    call = {"id": f"wacid.{time.time_ns()}", "from": ADA, "to": "15550001111", "direction": "USER_INITIATED"}
    metadata = {"display_phone_number": "15550001111", "phone_number_id": "106540352242922"}
    ended = call | {"event": "terminate", "status": "FAILED", "timestamp": str(int(time.time()))}
    sandbox("inbound", {"value": {"metadata": metadata, "calls": [ended]}, "field": "calls"})
    page.get_by_test_id("conversation-item").filter(has_text="Missed call").first.click()
    entry = messages(page, "Missed call").last
    expect(entry).to_have_attribute("data-type", "call")
    expect(entry.get_by_role("button", name="Reply to this message")).to_have_count(0)
