"""Everything a customer and an agent may send, as the console and the customer's phone show it in a browser.

PARLEY_SCREENSHOTS=1 keeps pictures of both in docs/images.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.chromium import problems_of
from tests.integration.browser.reading import row_of
from tests.integration.cloudapi.outboundtypes import EVERY
from tests.integration.cloudapi.templateshelf import stock

if TYPE_CHECKING:
    from tests.conftest import House

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.browser]

IMAGES = Path(__file__).resolve().parents[3] / "docs" / "images"
MARY = "447700900811"
"""The customer to whom and from whom everything comes."""


class Shown(NamedTuple):
    """What a customer sends, the words it is shown with, and an element it is shown by."""

    order: dict[str, Any]
    words: str
    element: str = "p"


INBOUND: dict[str, Shown] = {
    "text": Shown({"text": "Where is https://example.com/a?"}, "Where is", "a[href='https://example.com/a']"),
    "image": Shown({"type": "image", "caption": "The dent"}, "The dent", "img[alt='The dent']"),
    "sticker": Shown({"type": "sticker", "media_id": "webp"}, "", "img.sticker"),
    "video": Shown({"type": "video", "caption": "It boils over"}, "It boils over", ".media"),
    "audio": Shown({"type": "audio"}, "", "audio[controls][aria-label='Audio']"),
    "voice": Shown({"type": "voice"}, "", "audio[controls][aria-label='Voice message']"),
    "document": Shown({"type": "document", "caption": "The invoice"}, "letter.pdf", "a[download]"),
    "location": Shown({"type": "location", "name": "Museum", "address": "Example Street"}, "Museum", "a"),
    "pin": Shown({"type": "location"}, "51.51940, -0.12700", "a[href*='openstreetmap.org']"),
    "contacts": Shown({"type": "contacts"}, "Grace Hopper", "ul[aria-label='Shared contacts']"),
    "button": Shown({"type": "button", "text": "I will come"}, "I will come"),
    "button reply": Shown({"type": "button_reply", "title": "Yes, please"}, "Yes, please"),
    "list reply": Shown(
        {"type": "list_reply", "title": "Green tea", "description": "Loose leaves"}, "Loose leaves"
    ),
    "flow reply": Shown(
        {"type": "flow_reply", "text": "Booked", "response_json": '{"n": 2}'}, "Booked", "details"
    ),
    "flow reply that is no object": Shown(
        {"type": "flow_reply", "response_json": "[1"}, "Answers", "details"
    ),
    "order": Shown({"type": "order", "text": "Gift wrap, please"}, "2 × tea-01 at 4.5 GBP", ".order"),
    "system": Shown(
        {
            "type": "system",
            "text": "Mary's security code changed",
            "system_type": "customer_identity_changed",
        },
        "security code changed",
    ),
    "welcome": Shown({"type": "request_welcome"}, "Opened the chat for the first time"),
    "unsupported": Shown({"type": "unsupported"}, "WhatsApp does not pass this kind of message on"),
    "unavailable": Shown({"type": "unsupported", "code": 131060}, "131060", "[data-testid='shortfall']"),
    "from an ad": Shown(
        {"text": "On sale?", "referral": {"source_url": "https://fb.example/1", "headline": "Winter boots"}},
        "Winter boots",
        "[data-testid='referral'] a[href='https://fb.example/1']",
    ),
    "about a product": Shown(
        {"text": "How much?", "context": {"referred_product": {"product_retailer_id": "tea-01"}}},
        "tea-01",
        "[data-testid='product']",
    ),
    "forwarded": Shown(
        {"text": "Look", "context": {"frequently_forwarded": True}},
        "Forwarded many times",
        "[data-testid='forwarded']",
    ),
    "late": Shown(
        {"text": "From before", "timestamp": str(int(time.time()) - 6 * 3600)},
        "came late",
        "[data-testid='late'][title^='Arrived only']",
    ),
    "unknown": Shown({"type": "hologram", "hologram": {"depth": 3}}, "hologram", "details"),
}


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page in which a script error, or anything the security policy refused, fails the test."""
    page = chromium.new_page(viewport={"width": 1280, "height": 1400}, locale="en-GB")
    problems = problems_of(page)
    yield page
    page.close()
    assert problems == []


@pytest.fixture(scope="module")
def received(house: House) -> dict[str, dict[str, Any]]:
    """The rows of one message of each type from Mary, and of those that were changed since."""
    rows = {name: says(house, shown.order) for name, shown in INBOUND.items()}
    ours = agent_says(house, "text", {"body": "Is it this one?"}, rows["text"]["conversation_id"])
    rows["quote"] = says(house, {"text": "That one", "reply_to": ours})
    rows["edited"] = says(house, {"text": "At fife"})
    rows["deleted"] = says(house, {"text": "Never mind this"})
    changes = [
        {"type": "edit", "message_id": rows["edited"]["wamid"], "text": "At five"},
        {"type": "revoke", "message_id": rows["deleted"]["wamid"]},
        {"type": "reaction", "message_id": ours, "emoji": "🎉"},
    ]
    for change in changes:
        house.sandbox("POST", "inbound", **{"from": {"wa_id": MARY, "name": "Mary Example"}}, **change)
    house.eventually(lambda: house.stored(rows["deleted"]["wamid"])["deleted_at"], what="the deletion")
    house.eventually(lambda: house.stored(ours)["reactions"], what="the reaction")
    return rows | {"ours": house.stored(ours)}


@pytest.fixture(scope="module")
def sent(house: House, received: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The wamids of one message of each type to Mary."""
    stock(house)
    to = received["text"]["conversation_id"]
    names = {name: agent_says(house, kind, content, to) for name, (kind, content) in EVERY.items()}
    for kind, file in FILES.items():
        key = house.request("POST", "/media", files={"file": file}).json()["id"]
        names[f"uploaded {kind}"] = agent_says(house, kind, {"id": key}, to)
    return names


def webp() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (96, 96), (37, 150, 90, 255)).save(file, "WEBP")
    return file.getvalue()


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), (200, 120, 60)).save(file, "PNG")
    return file.getvalue()


FILES = {"image": ("kettle.png", png(), "image/png"), "sticker": ("wave.webp", webp(), "image/webp")}


def says(house: House, order: dict[str, Any]) -> dict[str, Any]:
    """Have Mary send this; returns its row."""
    if order.get("media_id") == "webp":
        order = order | {"media_id": kept(house, webp(), "image/webp")}
    customer = {"wa_id": MARY, "name": "Mary Example"}
    return house.stored(house.sandbox("POST", "inbound", **{"from": customer, **order})["messages"][0])


def kept(house: House, data: bytes, mime_type: str) -> str:
    """A file on Mary's phone."""
    url = f"{house.formation.urls.phone}/sandbox/media"
    with requests.post(url, data=data, headers={"Content-Type": mime_type}, timeout=30) as answer:
        return str(answer.json()["id"])


def agent_says(house: House, kind: str, content: Any, conversation: str) -> str:
    """Send a message to Mary; returns its wamid once she has read it."""
    body = {"conversation_id": conversation, "type": kind, kind: content}
    answer = house.request("POST", "/messages/send", json=body)
    assert answer.status_code == 202, answer.text
    path = f"/messages/{answer.json()['id']}"
    shown = house.eventually(lambda: arrived(house.request("GET", path).json()), what=f"{kind} being sent")
    return str(shown["wamid"])


def arrived(message: dict[str, Any]) -> dict[str, Any] | None:
    assert message["status"] != "failed", message["error"]
    return message if message["wamid"] else None


def thread(page: Page, house: House, conversation: str) -> None:
    """The whole conversation in the console."""
    page.goto(f"{house.site}/#/c/{conversation}")
    expect(page.get_by_test_id("connection-state")).to_have_text("Live")
    expect(page.get_by_test_id("message").first).to_be_visible()


def has_loaded(picture: Locator) -> None:
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def keep_picture(page: Page, name: str) -> None:
    if os.environ.get("PARLEY_SCREENSHOTS") == "1":
        IMAGES.mkdir(exist_ok=True)
        page.screenshot(path=IMAGES / f"{name}.png")


def test_the_console_shows_every_type_a_customer_sends(
    page: Page, house: House, received: dict[str, dict[str, Any]]
) -> None:
    thread(page, house, received["text"]["conversation_id"])
    for name, shown in INBOUND.items():
        message = row_of(page, house, received[name]["id"])
        expect(message).to_contain_text(shown.words)
        expect(message.locator(shown.element).first).to_be_visible()
    for name in ("image", "sticker"):
        has_loaded(row_of(page, house, received[name]["id"]).locator("img"))
    keep_picture(page, "console-types")


def test_the_console_shows_quotes_edits_deletions_and_reactions(
    page: Page, house: House, received: dict[str, dict[str, Any]]
) -> None:
    thread(page, house, received["text"]["conversation_id"])
    expect(row_of(page, house, received["quote"]["id"]).get_by_test_id("quote")).to_contain_text(
        "Is it this one?"
    )
    edited = row_of(page, house, received["edited"]["id"])
    expect(edited).to_contain_text("At five")
    expect(edited.get_by_title("Edited")).to_be_visible()
    deleted = row_of(page, house, received["deleted"]["id"])
    expect(deleted).to_contain_text("This message was deleted.")
    expect(deleted).not_to_contain_text("Never mind")
    expect(row_of(page, house, received["ours"]["id"]).get_by_label("Reactions")).to_have_text("🎉")
    keep_picture(page, "console-changes")


def words_of(kind: str, content: Any) -> str:
    """Words of a message that whoever sees it must see."""
    if kind == "contacts":
        return str(content[0]["name"]["formatted_name"])
    if kind == "interactive":
        return str(content["body"]["text"])
    if kind == "text":
        return str(content["body"].partition("\n")[0])
    return str(content.get("caption") or content.get("filename") or "")


def test_the_console_shows_every_type_an_agent_sends(
    page: Page, house: House, received: dict[str, dict[str, Any]], sent: dict[str, str]
) -> None:
    thread(page, house, received["text"]["conversation_id"])
    for name, (kind, content) in EVERY.items():
        message = row_of(page, house, house.stored(sent[name])["id"])
        expect(message).to_have_attribute("data-type", kind)
        expect(message).to_contain_text(words_of(kind, content) if kind != "document" else "Manual")
        expect(message).not_to_contain_text("Unsupported message type")
    for kind in FILES:
        has_loaded(row_of(page, house, house.stored(sent[f"uploaded {kind}"])["id"]).locator("img"))
    keep_picture(page, "console-sent")


def test_the_phone_shows_every_type_an_agent_sends(page: Page, house: House, sent: dict[str, str]) -> None:
    page.goto(f"{house.formation.urls.phone}/#{MARY}")
    expect(page.get_by_test_id("connection")).to_have_text("live")
    for name, (kind, content) in EVERY.items():
        bubble = page.locator(f'[data-testid="message-bubble"][data-id="{sent[name]}"]')
        bubble.scroll_into_view_if_needed()
        expect(bubble).to_contain_text(words_of(kind, content))
        expect(bubble).not_to_contain_text("A message of type")
        assert bubble.locator(".content").inner_text().strip()
    for kind in FILES:
        picture = page.locator(f'[data-id="{sent[f"uploaded {kind}"]}"] img')
        picture.scroll_into_view_if_needed()
        has_loaded(picture)
    keep_picture(page, "phone-sent")


def test_the_phone_shows_every_type_its_customer_sends(
    page: Page, house: House, received: dict[str, dict[str, Any]]
) -> None:
    page.goto(f"{house.formation.urls.phone}/#{MARY}")
    expect(page.get_by_test_id("connection")).to_have_text("live")
    for name in INBOUND:
        bubble = page.locator(f'[data-testid="message-bubble"][data-id="{received[name]["wamid"]}"]')
        bubble.scroll_into_view_if_needed()
        expect(bubble).to_have_attribute("data-sender", "customer")
        assert bubble.locator(".content").inner_text().strip() or bubble.locator(".content img").count()
    for name in ("image", "sticker"):
        picture = page.locator(f'[data-id="{received[name]["wamid"]}"] img')
        picture.scroll_into_view_if_needed()
        has_loaded(picture)
    bubbles = {
        name: page.locator(f'[data-id="{received[name]["wamid"]}"]') for name in ("edited", "deleted", "ours")
    }
    expect(bubbles["edited"]).to_contain_text("At five")
    expect(bubbles["deleted"]).to_contain_text("This message was deleted.")
    expect(bubbles["ours"].get_by_role("img", name="You reacted with 🎉")).to_be_visible()
    keep_picture(page, "phone-received")
