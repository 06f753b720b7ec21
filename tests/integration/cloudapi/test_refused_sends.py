"""What WhatsApp would refuse is refused by path, all at once, before anything is queued."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration

NOWHERE = "01890a5d-ac96-774b-bcce-b302099a8057"
"""An id of our form that nothing has."""


def asks(kind: str, action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "Tea?"}, "action": action} | more,
    }


def buttons(*replies: tuple[str, str]) -> dict[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": key, "title": title}} for key, title in replies]}


def template(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"name": "hello_world", "language": {"code": "en_US"}, "components": list(components)}
    return {"type": "template", "template": whole | more}


ROW = {"id": "1", "title": "One"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"type": "hologram", "hologram": {}}, "type"),
    ({"type": "text"}, "text"),
    ({"type": "text", "text": {"body": "x" * 4097}}, "text.body"),
    ({"type": "text", "text": {"body": " \n"}}, "text.body"),
    ({"type": "text", "text": {"body": "x", "preview_url": "yes"}}, "text.preview_url"),
    ({"type": "text", "text": {"body": "x", "bold": True}}, "text.bold"),
    ({"type": "image", "image": {}}, "image"),
    ({"type": "image", "image": {"id": "1", "link": "https://example.com/a"}}, "image"),
    ({"type": "image", "image": {"link": "ftp://example.com/a"}}, "image.link"),
    ({"type": "image", "image": {"link": "https://example.com/a", "caption": "x" * 1025}}, "image.caption"),
    ({"type": "image", "image": {"id": NOWHERE}}, "image.id"),
    ({"type": "audio", "audio": {"link": "https://example.com/a", "caption": "x"}}, "audio.caption"),
    ({"type": "sticker", "sticker": {"link": "https://example.com/a", "caption": "x"}}, "sticker.caption"),
    ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, "location.latitude"),
    ({"type": "location", "location": {"latitude": 0, "longitude": "east"}}, "location.longitude"),
    ({"type": "contacts", "contacts": []}, "contacts"),
    ({"type": "contacts", "contacts": [{"name": {"formatted_name": "A"}}] * 6}, "contacts"),
    ({"type": "contacts", "contacts": [{"name": {"first_name": "A"}}]}, "contacts[0].name.formatted_name"),
    ({"type": "reaction", "reaction": {"message_id": NOWHERE, "emoji": "👍"}}, "reaction.message_id"),
    ({"type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "👍"}}, "reaction.message_id"),
    ({"type": "reaction", "reaction": {"emoji": "👍"}}, "reaction.message_id"),
    ({"type": "text", "text": {"body": "x"}, "reply_to": NOWHERE}, "reply_to"),
    ({"type": "text", "text": {"body": "x"}, "to": "447700900999"}, "conversation_id"),
    ({"type": "text", "text": {"body": "x"}, "context": {"message_id": "wamid.x"}}, "context.message_id"),
    (asks("riddle", {}), "interactive.type"),
    (asks("button", buttons(*((str(n), str(n)) for n in range(4)))), "interactive.action.buttons"),
    (asks("button", buttons(("a", "x" * 21))), "interactive.action.buttons[0].reply.title"),
    (asks("button", buttons(("a", "A"), ("a", "B"))), "interactive.action.buttons[1].reply.id"),
    (asks("button", buttons(("a", "A"), ("b", "A"))), "interactive.action.buttons[1].reply.title"),
    (asks("button", buttons(("a", "A")), footer={"text": "x" * 61}), "interactive.footer.text"),
    (asks("button", buttons(("a", "A")), header={"type": "audio"}), "interactive.header.type"),
    (
        asks("button", buttons(("a", "A")), header={"type": "image", "image": {"id": NOWHERE}}),
        "interactive.header.image.id",
    ),
    (asks("list", {"button": "B", "sections": [{"rows": []}]}), "interactive.action.sections[0].rows"),
    (
        asks(
            "list",
            {"button": "B", "sections": [{"title": "A", "rows": [ROW]}, {"title": "B", "rows": [ROW]}]},
        ),
        "interactive.action.sections[1].rows[0].id",
    ),
    (
        asks("list", {"button": "B", "sections": [{"rows": [ROW]}] * 2}),
        "interactive.action.sections[0].title",
    ),
    (
        asks("cta_url", {"name": "cta_url", "parameters": {"display_text": "x", "url": "javascript:1"}}),
        "interactive.action.parameters.url",
    ),
    (
        asks("flow", {"name": "flow", "parameters": {"flow_message_version": "3", "flow_cta": "x"}}),
        "interactive.action.parameters",
    ),
    (asks("product", {"catalog_id": "1"}), "interactive.action.product_retailer_id"),
    (asks("carousel", {"cards": [{"card_index": 0, "action": {}}]}), "interactive.action.cards"),
    (template(language={}), "template.language.code"),
    (template({"type": "footer"}), "template.components[0].type"),
    (
        template({"type": "button", "sub_type": "dance", "index": "0"}),
        "template.components[0].sub_type",
    ),
    (
        template({"type": "header", "parameters": [{"type": "image", "image": {"id": NOWHERE}}]}),
        "template.components[0].parameters[0].image.id",
    ),
]


@pytest.fixture(scope="module")
def conversation(house: House) -> str:
    return house.converse("447700900990")


@pytest.mark.parametrize(("body", "path"), REFUSED, ids=[path for _, path in REFUSED])
def test_what_is_wrong_is_named_by_path_and_nothing_is_queued(
    house: House, conversation: str, body: dict[str, Any], path: str
) -> None:
    before = rows(house, conversation)
    answer = house.request("POST", "/messages/send", json={"conversation_id": conversation} | body)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"].get(path), answer.text
    assert rows(house, conversation) == before


def test_everything_that_is_wrong_is_named_at_once(house: House, conversation: str) -> None:
    body = asks("button", buttons(("", "x" * 21)), footer={"text": "x" * 61}, header={"type": "text"})
    answer = house.request(
        "POST", "/messages/send", json={"conversation_id": conversation, "surprise": 1} | body
    )
    assert set(answer.json()["error"]["fields"]) == {
        "interactive.action.buttons[0].reply.id",
        "interactive.action.buttons[0].reply.title",
        "interactive.footer.text",
        "interactive.header.text",
        "surprise",
    }


def test_a_file_of_a_type_that_cannot_be_sent_so_is_refused(house: House, conversation: str) -> None:
    file = ("note.txt", b"words", "text/plain")
    key = house.request("POST", "/media", files={"file": file}).json()["id"]
    header = {"type": "image", "image": {"id": key}}
    for body, path in (
        ({"type": "image", "image": {"id": key}}, "image.id"),
        (asks("button", buttons(("a", "A")), header=header), "interactive.header.image.id"),
    ):
        answer = house.request("POST", "/messages/send", json={"conversation_id": conversation} | body)
        assert "text/plain" in answer.json()["error"]["fields"][path]


def test_a_closed_window_takes_a_template_and_nothing_else(house: House, phone: str) -> None:
    text = {"to": phone, "type": "text", "text": {"body": "Hello?"}}
    refused = house.request("POST", "/messages/send", json=text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "window_closed")
    assert house.ask(
        "SELECT count(*) FROM message m JOIN contact c ON c.phone = %s"
        " JOIN conversation v ON v.contact_id = c.id AND v.id = m.conversation_id",
        phone,
    ) == [(0,)]
    assert house.request("POST", "/messages/send", json={"to": phone} | template()).status_code == 202


def test_a_message_that_meta_does_not_know_yet_cannot_be_quoted(house: House, phone: str) -> None:
    conversation = house.converse(phone)
    house.sandbox("POST", "faults", kind="graph_error", code=131026, to=phone)
    lost = {"conversation_id": conversation, "type": "text", "text": {"body": uuid.uuid4().hex}}
    key = house.request("POST", "/messages/send", json=lost).json()["id"]
    house.eventually(lambda: house.request("GET", f"/messages/{key}").json()["status"] == "failed")
    answer = house.request("POST", "/messages/send", json=lost | {"reply_to": key})
    assert "reply_to" in answer.json()["error"]["fields"]


def rows(house: House, conversation: str) -> list[tuple[Any, ...]]:
    return house.ask("SELECT id FROM message WHERE conversation_id = %s ORDER BY id", conversation)
