"""Finding a message of a long thread, as only what is near the eye of it is in the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page

if TYPE_CHECKING:
    from tests.conftest import House

# One step towards it: ids ascend from top to end. True once it stands still in the middle of what is seen.
_TOWARDS = """async (scroller, id) => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const all = () => [...scroller.querySelectorAll("[data-message-id]")];
    const wanted = () => all().find((each) => each.dataset.messageId === id);
    if (wanted()) wanted().scrollIntoView({ block: "center", behavior: "instant" });
    else scroller.scrollTop += id > all()[0]?.dataset.messageId ? 500 : -500;
    const before = wanted()?.getBoundingClientRect().top;
    await drawn();
    return before !== undefined && wanted()?.getBoundingClientRect().top === before;
}"""


def row_of(page: Page, house: House, message_id: str) -> Locator:
    """A message of the open thread, scrolled to from wherever the thread was; earlier ones are fetched on the way."""
    scroller = page.get_by_test_id("scroller")
    house.eventually(
        lambda: scroller.evaluate(_TOWARDS, message_id), what=f"message {message_id} in the page"
    )
    return page.locator(f'[data-testid="message"][data-message-id="{message_id}"]')
