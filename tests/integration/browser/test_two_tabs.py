"""Both ends of a conversation in one browser: the customer's phone in one tab, the agent's inbox in the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from engines.formation import ROOT
from tests.chromium import problems_of

if TYPE_CHECKING:
    from tests.conftest import House, StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.browser]
IMAGES = ROOT / "docs" / "images"


class Tabs(NamedTuple):
    """The customer's phone and the agent's inbox."""

    phone: Page
    console: Page


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    """A house whose first conversation is the one on the customer's phone."""
    with start_house(tmp_path_factory.mktemp("shop")) as started:
        # Slow enough for a person, or a test, to see every tick.
        started.sandbox("PATCH", "settings", statuses={"delays": [1.0]})
        yield started


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        locale="en-GB", timezone_id="Europe/London", viewport={"width": 1280, "height": 800}
    )
    yield context
    context.close()


@pytest.fixture
def tabs(context: BrowserContext, shop: House) -> Iterator[Tabs]:
    phone, console = context.new_page(), context.new_page()
    problems = [problems_of(page) for page in (phone, console)]
    phone.goto(shop.formation.urls.phone)
    expect(phone.get_by_test_id("connection")).to_have_text("live")
    console.goto(shop.site)
    expect(console.get_by_test_id("connection-state")).to_have_text("Live")
    yield Tabs(phone, console)
    phone.close()
    console.close()
    assert problems == [[], []]


def say(page: Page, words: str) -> None:
    page.get_by_test_id("composer-input").fill(words)
    page.get_by_test_id("send-button").click()


def bubble(page: Page, words: str) -> Locator:
    """The message with these words in the inbox."""
    return page.get_by_test_id("message").filter(has_text=words)


def on_phone(page: Page, words: str) -> Locator:
    return page.get_by_test_id("message-bubble").filter(has_text=words)


def open_newest(page: Page, words: str) -> None:
    page.get_by_test_id("conversation-item").filter(has_text=words).click()
    expect(page.get_by_test_id("composer-input")).to_be_enabled()


def watch_statuses(page: Page) -> None:
    """Note every status a message of ours goes through, in ``window.ticks``."""
    page.evaluate(
        """() => {
            window.ticks = [];
            const note = () => {
                const all = document.querySelectorAll('[data-testid=message][data-direction=outbound]');
                const now = [...all].at(-1)?.dataset.status;
                if (now && now !== window.ticks.at(-1)) window.ticks.push(now);
            };
            new MutationObserver(note).observe(
                document.querySelector('[data-testid=messages]'), { subtree: true, childList: true, attributes: true });
        }"""
    )


def keep_picture(page: Page, name: str) -> None:
    """Into the documentation, where that was asked for: a normal run leaves the checkout as it is."""
    if os.environ.get("PARLEY_SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=IMAGES / name)


def test_what_the_customer_writes_appears_at_the_agent_and_the_answer_on_the_phone_with_its_ticks(
    tabs: Tabs,
) -> None:
    say(tabs.phone, "Hello! Is the blue kettle still in stock?")
    open_newest(tabs.console, "blue kettle")
    say(tabs.phone, "I would pick it up today.")
    expect(bubble(tabs.console, "I would pick it up today.")).to_be_visible()
    watch_statuses(tabs.console)
    say(tabs.console, "It is: two are left. Shall I put one aside for you?")
    expect(on_phone(tabs.phone, "Shall I put one aside")).to_be_visible()
    answer = bubble(tabs.console, "Shall I put one aside")
    expect(answer).to_have_attribute("data-status", "read")
    expect(answer.get_by_role("img", name="Read")).to_be_visible()
    ticks = tabs.console.evaluate("window.ticks")
    assert [tick for tick in ticks if tick in ("sent", "delivered", "read")] == ["sent", "delivered", "read"]
    say(tabs.phone, "Yes please, thank you!")
    expect(bubble(tabs.console, "Yes please, thank you!")).to_be_visible()
    keep_picture(tabs.console, "console.png")
    keep_picture(tabs.phone, "phone.png")


def test_the_inbox_catches_up_after_its_gateway_was_killed(tabs: Tabs, shop: House) -> None:
    say(tabs.phone, "Before the break")
    open_newest(tabs.console, "Before the break")
    shop.formation.kill("ws")
    say(tabs.phone, "While nobody could hear it")
    shop.formation.restart("ws")
    expect(bubble(tabs.console, "While nobody could hear it")).to_have_count(1)
    expect(tabs.console.get_by_test_id("connection-state")).to_have_text("Live")


def test_the_developers_example_works_in_a_browser_as_it_stands(tabs: Tabs, shop: House, phone: str) -> None:
    conversation = shop.converse(phone)
    heard = tabs.console.evaluate_handle(
        """([port, userId, conversationId]) => {
            const heard = [];
            const ws = new WebSocket("ws://localhost:8000/api/v1/ws/chat/".replace("8000", port) + userId);
            ws.onopen = () => ws.send(JSON.stringify(
                { type: "subscribe_conversation", conversation_id: conversationId }));
            ws.onmessage = (event) => heard.push(JSON.parse(event.data));
            return heard;
        }""",
        [str(shop.formation.ports.site), "123", conversation],
    )
    shop.eventually(lambda: "subscribed" in kinds(heard.json_value()), what="the subscription")
    shop.deliver(shop.meta.said(shop.meta.text(phone, "Hello, developer")), signature="")
    shop.eventually(lambda: "new_message" in kinds(heard.json_value()), what="the new_message")


def kinds(frames: list[dict[str, str]]) -> list[str]:
    return [frame["type"] for frame in frames]
