"""The customer's phone, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from engines.ports import free_port
from faults.expect import WAIT_S, eventually
from tests.chromium import problems_of
from tests.integration.sandbox.sandboxprocess import ADA, NUMBER, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = [pytest.mark.integration, pytest.mark.browser]


@pytest.fixture
def page(chromium: Browser, sandbox: Sandbox) -> Iterator[Page]:
    """The page of the shared sandbox, listening; a script error or a refused resource fails the test."""
    page = chromium.new_page()
    problems = problems_of(page)
    page.goto(sandbox.url)
    expect(page.get_by_test_id("connection")).to_have_text("live")
    yield page
    page.close()
    assert problems == []


def _say(page: Page, text: str) -> None:
    page.get_by_test_id("composer-input").fill(text)
    page.get_by_test_id("send-button").click()


def test_what_the_customer_writes_reaches_the_webhook_and_is_ticked(page: Page, receiver: Receiver) -> None:
    _say(page, "Do you have <b>tea</b>?")
    bubble = page.get_by_test_id("message-bubble")
    expect(bubble.locator(".words")).to_have_text("Do you have <b>tea</b>?")
    expect(bubble.get_by_label("Parley took it (200)")).to_be_visible()
    assert receiver.messages()[0]["text"] == {"body": "Do you have <b>tea</b>?"}
    expect(page.get_by_test_id("composer-input")).to_have_value("")


def test_enter_sends_and_shift_enter_does_not(page: Page, receiver: Receiver) -> None:
    page.get_by_test_id("composer-input").press_sequentially("One")
    page.get_by_test_id("composer-input").press("Shift+Enter")
    page.get_by_test_id("composer-input").press_sequentially("Two")
    page.get_by_test_id("composer-input").press("Enter")
    assert eventually(receiver.messages)[0]["text"] == {"body": "One\nTwo"}


def test_an_answer_appears_and_reading_shows_on_both_sides(page: Page, sandbox: Sandbox) -> None:
    _say(page, "Hello?")
    asked = eventually(lambda: sandbox.control("GET", f"phone?customer={ADA}")["entries"])[0]["id"]
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": asked}
    sandbox.graph("POST", f"{NUMBER}/messages", json=body | {"typing_indicator": {"type": "text"}})
    expect(page.get_by_text("typing…")).to_be_visible()
    expect(page.get_by_label("Read by the business")).to_be_visible()
    sandbox.sent(text={"body": "Good morning!"}, context={"message_id": asked})
    answer = page.locator('[data-testid="message-bubble"][data-sender="business"]')
    expect(answer.locator(".words")).to_have_text("Good morning!")
    expect(answer.locator("blockquote")).to_have_text("Hello?")
    expect(answer).to_have_attribute("data-status", "read")


def test_a_refused_signature_is_explained_where_the_person_looks(page: Page, receiver: Receiver) -> None:
    receiver.answer = (401, b"")
    _say(page, "Anybody?")
    bubble = page.get_by_test_id("message-bubble")
    expect(bubble).to_contain_text("Parley answered 401: signature refused.")
    expect(page.get_by_test_id("notice")).to_contain_text("1 webhook not taken yet")

    def take_it_now(route: Route) -> None:
        receiver.answer = (200, b"")
        route.continue_()

    # Not before the click: it is tried again without anybody asking, too, and the button would be gone.
    page.route("**/sandbox/deliveries", take_it_now)
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_test_id("notice")).to_be_hidden()
    expect(bubble.get_by_label("Parley took it (200)")).to_be_visible()


def test_a_reply_button_answers_with_its_id(page: Page, sandbox: Sandbox, receiver: Receiver) -> None:
    buttons = [{"type": "reply", "reply": {"id": "yes-1", "title": "Yes, please"}}]
    interactive = {"type": "button", "body": {"text": "Tea?"}, "action": {"buttons": buttons}}
    wamid = sandbox.sent(type="interactive", interactive=interactive)
    page.get_by_role("button", name="Yes, please").click()
    message = eventually(receiver.messages)[0]
    assert message["interactive"]["button_reply"] == {"id": "yes-1", "title": "Yes, please"}
    assert message["context"]["id"] == wamid


def test_a_message_can_be_quoted_and_reacted_to(page: Page, sandbox: Sandbox, receiver: Receiver) -> None:
    wamid = sandbox.sent(text={"body": "Your kettle is here"})
    page.get_by_test_id("message-bubble").hover()
    page.get_by_label("React with ❤️").click()
    reaction = eventually(receiver.messages)[0]
    assert reaction["reaction"] == {"message_id": wamid, "emoji": "❤️"}
    expect(page.get_by_label("You reacted with ❤️")).to_be_visible()
    page.get_by_label("Reply with a quote").click()
    _say(page, "On my way")
    quoted = eventually(lambda: receiver.messages()[1:])[0]
    assert quoted["context"]["id"] == wamid


def test_a_picture_goes_out_and_is_shown(
    page: Page, sandbox: Sandbox, receiver: Receiver, tmp_path: Path
) -> None:
    page.get_by_title("Send something else").click()
    page.get_by_role("button", name="Sample picture").click()
    picture = page.get_by_role("img", name="Sunset over the water")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 240
    sample = sandbox.session.get(f"{sandbox.url}{picture.get_attribute('src')}", timeout=WAIT_S).content
    (tmp_path / "own.png").write_bytes(sample)
    page.get_by_label("File to send").set_input_files(tmp_path / "own.png")
    sent = eventually(lambda: receiver.messages()[1:])[0]
    assert (sent["type"], sent["image"]["mime_type"]) == ("image", "image/png")


def test_a_text_can_be_edited_and_deleted_by_who_wrote_it(page: Page, receiver: Receiver) -> None:
    _say(page, "At four")
    bubble = page.get_by_test_id("message-bubble")
    expect(bubble.get_by_label("Parley took it (200)")).to_be_visible()
    first = receiver.messages()[0]["id"]
    bubble.hover()
    bubble.get_by_label("Edit this message").click()
    _say(page, "At five")
    expect(bubble.locator(".words")).to_have_text("At five")
    bubble.hover()
    bubble.get_by_label("Delete this message for everyone").click()
    eventually(lambda: len(receiver.messages()) == 3)
    _, edit, revoke = receiver.messages()
    assert edit["edit"] == {
        "original_message_id": first,
        "message": {"type": "text", "text": {"body": "At five"}},
    }
    assert revoke["revoke"] == {"original_message_id": first}


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        *[("Sample picture", "image"), ("Voice note", "audio"), ("Sticker", "sticker")],
        *[("Document", "document"), ("Location", "location")],
        *[
            ("Contact card", "contacts"),
            ("Order from the catalog", "order"),
            ("Answered form", "interactive"),
        ],
        *[("New phone number", "system"), ("Unsupported message", "unsupported")],
    ],
)
def test_the_menu_sends_every_other_type(page: Page, receiver: Receiver, title: str, kind: str) -> None:
    page.locator("#menu summary").click()
    page.get_by_role("button", name=title, exact=True).click()
    eventually(lambda: len(receiver.messages()) == 1)
    (message,) = receiver.messages()
    assert message["type"] == kind


@pytest.mark.parametrize(
    ("name", "kind"), [("clip.mp4", "video"), ("song.mp3", "audio"), ("a.pdf", "document")]
)
def test_a_file_goes_out_as_what_it_is(
    page: Page, receiver: Receiver, tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / name).write_bytes(b"some bytes")
    page.get_by_label("File to send").set_input_files(tmp_path / name)
    assert eventually(receiver.messages)[0]["type"] == kind


def test_somebody_made_up_can_write(page: Page, receiver: Receiver) -> None:
    page.get_by_test_id("new-customer").click()
    page.get_by_role("textbox", name="Name").fill("Emmy Noether")
    page.get_by_label("Hides the number").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("This is Emmy Noether's phone.")).to_be_visible()
    _say(page, "Hello from nowhere")
    message = eventually(receiver.messages)[0]
    assert message["from"] == ""
    assert message["from_user_id"].startswith("GB.")


def test_the_page_comes_back_by_itself_after_a_restart(chromium: Browser, tmp_path: Path) -> None:
    options = ("--journal", str(tmp_path / "journal.jsonl"))
    with Receiver() as receiver:
        # Not one that the system gives to connections: it has to be free again for the second.
        options += ("--port", str(free_port()))
        first = Sandbox(receiver.url, *options)
        page = chromium.new_page()
        page.goto(first.url)
        expect(page.get_by_test_id("connection")).to_have_text("live")
        _say(page, "Before")
        eventually(receiver.messages)
        first.stop()
        expect(page.get_by_test_id("connection")).to_have_text("reconnecting…")
        with Sandbox(receiver.url, *options) as second:
            second.sent(text={"body": "After"})
            expect(page.get_by_test_id("connection")).to_have_text("live")
            expect(page.get_by_test_id("message-bubble").locator(".words")).to_have_text(["Before", "After"])
        page.close()


def test_a_customer_is_found_by_name_number_and_last_message(page: Page, sandbox: Sandbox) -> None:
    people = [
        {"text": f"words of {at}", "from": {"wa_id": f"4420794600{at:02d}", "name": f"Person {at}"}}
        for at in range(40)
    ]
    sandbox.control("POST", "inbound", {"batch": people, "per_post": 40})
    jose = {"wa_id": "34600000001", "name": "José  Núñez"}
    sandbox.control("POST", "inbound", {"text": "¿Té verde?", "from": jose})
    listed = page.get_by_test_id("customer")
    expect(listed.filter(has_text="José")).to_be_visible()
    search = page.get_by_role("searchbox")
    for sought in ("jose", "NUNEZ jos", "+34 600 00 00 01", "(34) 600-000", "te verde"):
        search.fill(sought)
        expect(listed).to_have_count(1)
        expect(listed).to_contain_text("José")
    search.fill("nobody of this name")
    expect(listed).to_have_count(0)
    expect(page.get_by_test_id("no-customer")).to_have_text("Nobody found by name, number or last message.")
    sandbox.control("POST", "inbound", {"text": "news", "from": jose})
    expect(listed).to_have_count(0)
    search.fill("")
    expect(listed.first).to_contain_text("José")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_every_part_of_the_page_and_a_long_name_widens_none(
    chromium: Browser,
    sandbox: Sandbox,
    scheme: Literal["light", "dark"],
    unusable: Callable[[Page], list[str]],
) -> None:
    long = {"wa_id": "442079460099", "name": "W" * 200}
    people = [{"text": f"words {at}", "from": long} for at in range(30)]
    sandbox.control("POST", "inbound", {"batch": people, "per_post": 1})
    with chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme) as page:
        page.goto(f"{sandbox.url}/#{long['wa_id']}")
        expect(page.get_by_test_id("message-bubble")).to_have_count(30)
        expect(page.get_by_test_id("deliveries").locator("li")).to_have_count(30)
        assert unusable(page) == []
        page.set_viewport_size({"width": 390, "height": 780})
        for part in ("Customers", "Phone", "Webhooks"):
            page.get_by_role("button", name=part).click()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert unusable(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_shows_one_part_at_a_time_and_nothing_runs_over(
    chromium: Browser, sandbox: Sandbox, scheme: str
) -> None:
    with chromium.new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme) as page:
        page.goto(sandbox.url)
        expect(page.get_by_test_id("composer-input")).to_be_in_viewport()
        expect(page.get_by_test_id("customers")).to_be_hidden()
        page.get_by_role("button", name="Customers").click()
        page.get_by_test_id("customer").filter(has_text="Grace Hopper").click()
        expect(page.get_by_text("This is Grace Hopper's phone.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
