"""What an agent writes is never lost to a reload or the end of a session, stays in sight, and goes to whom he means."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

if TYPE_CHECKING:
    from faults.people.agents import Person
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.browser]


def visit(page: Page, conversation_id: str) -> None:
    """Goes to a conversation; it is open once something can be written."""
    page.evaluate("id => { location.hash = `#/c/${id}` }", conversation_id)
    expect(page.locator(f'[data-conversation-id="{conversation_id}"]')).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_test_id("composer-input")).to_be_enabled()


def message(page: Page, words: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=words)


def end_session(page: Page, house: House) -> None:
    (cookie,) = (cookie for cookie in page.context.cookies() if cookie["name"] == "parley_session")
    house.request("POST", "/auth/logout", token=cookie["value"])
    expect(page.get_by_test_id("login-error")).to_contain_text("Your session has ended")


def log_in(page: Page, person: Person) -> None:
    page.get_by_test_id("login-email").fill(person.email)
    page.get_by_test_id("login-password").fill(person.password)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")


def test_drafts_are_there_again_after_a_reload_and_a_new_log_in_and_gone_after_a_log_out(
    desk: Page, house: House, colleague: Person, phone: str
) -> None:
    words = uuid.uuid4().hex
    here, there = house.converse(phone, f"Asked {words}"), house.converse(f"{phone}1")
    visit(desk, here)
    desk.get_by_test_id("message").last.focus()
    desk.keyboard.press("r")
    desk.get_by_test_id("composer-input").fill("Half an answer")
    visit(desk, there)
    desk.get_by_test_id("composer-input").fill("Another half")
    desk.get_by_role("button", name="New conversation").click()
    desk.get_by_label("Message", exact=True).last.fill("To somebody new")
    desk.get_by_role("button", name="Cancel").last.click()

    desk.reload()
    expect(desk.get_by_test_id("composer-input")).to_have_value("Another half")
    end_session(desk, house)
    kept = desk.evaluate("JSON.stringify({ ...sessionStorage })")
    assert "Half an answer" in kept
    assert words not in kept
    log_in(desk, colleague)
    expect(desk.get_by_test_id("composer-input")).to_have_value("Another half")
    visit(desk, here)
    expect(desk.get_by_test_id("composer-input")).to_have_value("Half an answer")
    expect(desk.get_by_test_id("replying")).to_have_text(f"Reply to the customer: Asked {words}")
    desk.get_by_role("button", name="New conversation").click()
    expect(desk.get_by_label("Message", exact=True).last).to_have_value("To somebody new")
    desk.keyboard.press("Escape")

    desk.get_by_test_id("composer-input").press("Enter")
    expect(message(desk, "Half an answer").get_by_test_id("quote")).to_contain_text(words)
    desk.get_by_role("button", name="Log out").click()
    desk.wait_for_url(f"{house.site}/")
    desk.wait_for_function("() => sessionStorage.length === 0")


def long_thread(house: House, phone: str) -> str:
    """A conversation of several screens; returns its id."""
    lines = [house.meta.text(phone, f"line {at}") for at in range(40)]
    assert house.deliver(house.meta.said(*lines)).ok
    house.stored(lines[-1]["id"])
    return house.converse(phone, "The last one")


def test_the_end_stays_in_sight_though_it_grows_before_a_scroll_is_told_of(
    desk: Page, house: House, phone: str
) -> None:
    visit(desk, long_thread(house, phone))
    expect(message(desk, "The last one")).to_be_in_viewport()
    desk.evaluate(
        """async () => {
            const scroller = document.querySelector("[data-testid=scroller]");
            const told = () => new Promise((done) => scroller.addEventListener("scroll", done, { once: true }));
            scroller.scrollTop -= 10;
            await told();
            scroller.scrollTop += 10;
            document.querySelector("[data-testid=messages]").lastElementChild.style.paddingBottom = "300px";
            await told();
        }"""
    )
    desk.wait_for_function(
        "() => { const all = document.querySelector('[data-testid=scroller]');"
        " return all.scrollHeight - all.scrollTop - all.clientHeight < 2 }"
    )


def test_ones_own_message_is_in_sight_wherever_one_was_reading(desk: Page, house: House, phone: str) -> None:
    visit(desk, long_thread(house, phone))
    expect(message(desk, "The last one")).to_be_in_viewport()
    desk.get_by_test_id("scroller").hover()
    desk.mouse.wheel(0, -1500)
    expect(message(desk, "The last one")).not_to_be_in_viewport()
    desk.get_by_test_id("composer-input").fill("Mine")
    desk.get_by_test_id("composer-input").press("Enter")
    expect(message(desk, "Mine")).to_be_in_viewport()
    expect(desk.get_by_test_id("new-pill")).to_be_hidden()


def test_a_thread_opened_without_a_connection_is_there_when_the_connection_is(
    desk: Page, house: House, phone: str
) -> None:
    conversation = house.converse(phone, "Before the tunnel")
    expect(desk.locator(f'[data-conversation-id="{conversation}"]')).to_be_visible()
    desk.context.set_offline(True)
    desk.locator(f'[data-conversation-id="{conversation}"]').click()
    expect(desk.get_by_test_id("thread-state")).to_have_text("The server cannot be reached.")
    desk.context.set_offline(False)
    expect(message(desk, "Before the tunnel")).to_be_visible()
    expect(desk.get_by_test_id("composer-input")).to_be_enabled()


def test_a_page_of_which_a_part_could_not_be_fetched_says_so_and_comes_by_itself(desk: Page) -> None:
    part = "**/console/**/thread.js"
    # Each time: what failed when it was preloaded is asked for once more when it is imported.
    desk.route(part, lambda route: route.abort("connectionreset"))
    desk.reload()
    expect(desk.get_by_test_id("starting")).to_have_text("The page could not be fetched whole. Trying again…")
    desk.unroute(part)
    expect(desk.get_by_test_id("connection-state")).to_have_text("Live")


def test_a_reaction_of_ours_stands_at_its_message_and_nowhere_else(
    desk: Page, house: House, colleague: Person, phone: str
) -> None:
    visit(desk, house.converse(phone, "Lovely, thanks"))
    of = message(desk, "Lovely, thanks").get_attribute("data-message-id")
    body = {"to": phone, "type": "reaction", "reaction": {"message_id": of, "emoji": "\N{SPARKLES}"}}
    sent = house.request("POST", "/messages/send", token=colleague.token, json=body)
    assert sent.status_code == 202, sent.text
    expect(message(desk, "Lovely, thanks").get_by_role("list", name="Reactions")).to_have_text("\N{SPARKLES}")
    expect(desk.locator('[data-testid="message"][data-type="reaction"]')).to_have_count(0)


def test_all_unread_are_counted_and_not_only_those_on_the_page(desk: Page, house: House, phone: str) -> None:
    others = [{"text": f"other {at}", "from": {"wa_id": f"4420794600{at:02d}"}} for at in range(60)]
    house.sandbox("POST", "inbound", batch=others, per_post=60)
    conversation = house.converse(phone, "And me")

    def counted() -> int:
        return int(house.request("GET", "/conversations/counts").json()["unread"])

    house.eventually(lambda: counted() > 60, what="all of them stored")
    expect(desk.get_by_test_id("unread-total")).to_have_text(str(counted()))
    desk.reload()
    expect(desk.get_by_test_id("unread-total")).to_have_text(str(counted()))
    expect(desk).to_have_title(f"({counted()}) Parley")
    before = counted()
    visit(desk, conversation)
    expect(desk).to_have_title(f"({before - 1}) Parley")
    # Read elsewhere, of one that this page has not loaded.
    (oldest,) = house.ask(
        "SELECT id FROM conversation WHERE unread_count > 0 ORDER BY last_message_at LIMIT 1"
    )
    house.request("POST", f"/conversations/{oldest[0]}/read")
    expect(desk.get_by_test_id("unread-total")).to_have_text(str(before - 2))
    assert counted() == before - 2


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+44 (0)7700 900777", "the (0) is dialled in some countries"),
        ("07700 900777", "country code is missing"),
    ],
)
def test_a_number_that_may_be_another_persons_is_refused_with_one_sentence(
    desk: Page, house: House, number: str, why: str
) -> None:
    desk.get_by_role("button", name="New conversation").click()
    desk.get_by_label("Phone number, with country code").fill(number)
    desk.get_by_label("Message", exact=True).last.fill("Hello")
    desk.get_by_role("button", name="Send", exact=True).last.click()
    problem = desk.get_by_test_id("new-error")
    expect(problem).to_contain_text(f"The phone number is “{number}”: ")
    expect(problem).to_contain_text(why)
    body = {"to": number, "type": "text", "text": {"body": "Hello"}}
    said = house.request("POST", "/messages/send", json=body).json()["error"]["message"]
    expect(problem).to_have_text(said.replace("to is", "The phone number is", 1))


def test_a_new_conversation_says_to_whom_it_goes(desk: Page, house: House, phone: str) -> None:
    conversation = house.converse(phone)
    desk.get_by_role("button", name="New conversation").click()
    desk.get_by_label("Phone number, with country code").fill(f"00{phone[:2]} ({phone[2:6]}) {phone[6:]}")
    expect(desk.get_by_test_id("new-reads")).to_contain_text("Goes to +44 ")
    desk.get_by_label("Message", exact=True).last.fill("By another way")
    desk.get_by_role("button", name="Send", exact=True).last.click()
    expect(message(desk, "By another way")).to_be_visible()
    assert desk.url.endswith(conversation)


def test_the_keyboard_never_loses_its_place_among_the_unread(desk: Page, house: House, phone: str) -> None:
    conversation = house.converse(phone, "Unread until now")
    desk.get_by_test_id("filter-unread").click()
    item = desk.locator(f'[data-conversation-id="{conversation}"]')
    item.focus()
    desk.keyboard.press("Enter")
    expect(message(desk, "Unread until now")).to_be_visible()
    expect(item.get_by_test_id("badge")).to_have_count(0)
    desk.keyboard.press("Escape")
    expect(desk.get_by_test_id("thread")).to_be_hidden()
    expect(item).to_have_count(0)
    assert desk.evaluate(
        "document.activeElement.closest('[data-testid=list], [data-testid=filters]') !== null"
    )
    house.converse(phone, "Unread again")
    item.focus()
    for _ in range(3):
        desk.keyboard.press("k")
    expect(desk.get_by_test_id("search")).not_to_be_focused()
    expect(desk.get_by_test_id("search")).to_have_value("")
