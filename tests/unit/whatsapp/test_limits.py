"""Every type that may be sent: what is taken as it is, and what is named as wrong."""

from __future__ import annotations

from typing import Any

import pytest

from whatsapp.outbound.limits import OUTBOUND
from whatsapp.outbound.payloads import problems_of
from whatsapp.templates.definitions import in_lower_case


def interactive(kind: str, action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "body": {"text": "Choose"}, "action": action} | more


def buttons(count: int, title: str = "Yes") -> dict[str, Any]:
    # No two titles alike: Meta refuses that.
    replies = [{"id": str(number), "title": f"{title}{number or ''}"} for number in range(count)]
    reply = [{"type": "reply", "reply": offered} for offered in replies]
    return interactive("button", {"buttons": reply})


def rows(*counts: int, title: str | None = None) -> dict[str, Any]:
    sections = [
        {"rows": [{"id": f"{section}-{row}", "title": "Row"} for row in range(count)]}
        | ({"title": title} if title else {})
        for section, count in enumerate(counts)
    ]
    return interactive("list", {"button": "Open", "sections": sections})


CARD = {"card_index": 0, "type": "cta_url", "header": {"type": "image", "image": {"id": "1"}}, "action": {}}
LINK = "https://example.com/a.jpg"

TAKEN: list[tuple[str, Any]] = [
    ("text", {"body": "Hello", "preview_url": True}),
    ("image", {"id": "123", "caption": "x" * 1024}),
    ("video", {"link": LINK}),
    ("audio", {"id": "123", "voice": True}),
    ("document", {"link": LINK, "filename": "a.pdf", "caption": "Read"}),
    ("sticker", {"id": "123"}),
    ("location", {"latitude": 51.5, "longitude": -0.1, "name": "Office", "address": "Street 1"}),
    ("contacts", [{"name": {"formatted_name": "Ada"}, "phones": [{"phone": "447700900123"}]}]),
    ("reaction", {"message_id": "wamid.1", "emoji": "👍"}),
    ("reaction", {"message_id": "wamid.1", "emoji": ""}),
    ("interactive", buttons(3)),
    ("interactive", rows(10)),
    ("interactive", rows(5, 5, title="Part")),
    (
        "interactive",
        interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Go", "url": LINK}}),
    ),
    (
        "interactive",
        interactive(
            "flow",
            {
                "name": "flow",
                "parameters": {"flow_message_version": "3", "flow_id": "1", "flow_cta": "Book"},
            },
        ),
    ),
    ("interactive", interactive("location_request_message", {"name": "send_location"})),
    (
        "interactive",
        {"type": "product", "action": {"catalog_id": "1", "product_retailer_id": "2"}},
    ),
    (
        "interactive",
        interactive(
            "product_list",
            {
                "catalog_id": "1",
                "sections": [{"title": "New", "product_items": [{"product_retailer_id": "2"}]}],
            },
            header={"type": "text", "text": "Shop"},
        ),
    ),
    ("interactive", interactive("catalog_message", {"name": "catalog_message"})),
    ("interactive", interactive("call_permission_request", {"name": "call_permission_request"})),
    (
        "interactive",
        interactive("address_message", {"name": "address_message", "parameters": {"country": "IN"}}),
    ),
    ("interactive", interactive("carousel", {"cards": [CARD, CARD | {"card_index": 1}]})),
    ("template", {"name": "hello_world", "language": {"code": "en_US"}}),
    (
        "template",
        {
            "name": "order",
            "language": {"code": "en", "policy": "deterministic"},
            "components": [
                {"type": "header", "parameters": [{"type": "image", "image": {"link": LINK}}]},
                {"type": "body", "parameters": [{"type": "text", "text": "Ada", "parameter_name": "who"}]},
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "0",
                    "parameters": [{"type": "payload", "payload": "YES"}],
                },
            ],
        },
    ),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("image", {}, "image"),
    ("image", {"id": "1", "link": LINK}, "image"),
    ("image", {"link": "ftp://example.com/a"}, "image.link"),
    ("image", {"id": "1", "caption": "x" * 1025}, "image.caption"),
    ("sticker", {"id": "1", "caption": "no"}, "sticker.caption"),
    ("location", {"latitude": 91, "longitude": 0}, "location.latitude"),
    ("location", {"latitude": True, "longitude": 0}, "location.latitude"),
    ("contacts", [], "contacts"),
    ("contacts", [{"name": {"formatted_name": "Ada"}}] * 6, "contacts"),
    ("contacts", [{"name": {}}], "contacts[0].name.formatted_name"),
    ("reaction", {"emoji": "👍"}, "reaction.message_id"),
    ("interactive", {"type": "hologram"}, "interactive.type"),
    ("interactive", buttons(4), "interactive.action.buttons"),
    ("interactive", buttons(1, "x" * 21), "interactive.action.buttons[0].reply.title"),
    ("interactive", rows(11), "interactive.action.sections[0].rows"),
    ("interactive", rows(6, 5, title="Part"), "interactive.action.sections"),
    ("interactive", rows(1, 1), "interactive.action.sections[1].title"),
    ("interactive", buttons(1) | {"footer": {"text": "x" * 61}}, "interactive.footer.text"),
    ("interactive", buttons(1) | {"header": {"type": "text", "text": "x" * 61}}, "interactive.header.text"),
    ("interactive", interactive("carousel", {"cards": [CARD]}), "interactive.action.cards"),
    ("template", {"name": "hello"}, "template.language"),
    ("template", {"name": "a", "language": {}}, "template.language.code"),
    (
        "template",
        {"name": "a", "language": {"code": "en"}, "components": [{"type": "tail"}]},
        "template.components[0].type",
    ),
]


def template(*components: Any) -> dict[str, Any]:
    return {"name": "order", "language": {"code": "en"}, "components": list(components)}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def press(sub_type: str, *parameters: Any) -> dict[str, Any]:
    return {"type": "button", "sub_type": sub_type, "index": 0, "parameters": list(parameters)}


BROKEN = {
    "a line break": "Ann\nMarie",
    "a return": "Ann\rMarie",
    "a tab": "Ann\tMarie",
    "5 spaces": "Ann     Marie",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_text_of_a_template_stands_on_one_line_wherever_it_goes(text: str) -> None:
    inner = {"card_index": 0, "components": [{"type": "body", "parameters": [words("x"), words(text)]}]}
    price = {"type": "currency", "currency": {"fallback_value": text, "code": "EUR", "amount_1000": 1}}
    content = template(
        {"type": "header", "parameters": [words(text)]},
        {"type": "body", "parameters": [words("fine"), words(text), price]},
        press("url", words(text)),
        {"type": "carousel", "cards": [inner]},
    )
    problems = problems_of("template", content)
    assert set(problems) == {
        "template.components[0].parameters[0].text",
        "template.components[1].parameters[1].text",
        "template.components[1].parameters[2].currency.fallback_value",
        "template.components[2].parameters[0].text",
        "template.components[3].cards[0].components[0].parameters[1].text",
    }
    assert all("132018" in sentence for sentence in problems.values())


def test_four_spaces_in_a_row_are_none_too_many() -> None:
    assert problems_of("template", template({"type": "body", "parameters": [words("Ann    Marie")]})) == {}


ACTION = {"type": "action", "action": {"order_details": {"reference_id": "r1"}}}
PRESSED = {
    "booking_confirmation": [],
    "catalog": [{"type": "action", "action": {}}],
    "copy_code": [{"type": "coupon_code", "coupon_code": "SAVE20"}],
    "flow": [{"type": "action", "action": {"flow_token": "x"}}],
    "mpm": [{"type": "action", "action": {"sections": []}}],
    "order_details": [ACTION],
    "quick_reply": [{"type": "payload", "payload": "YES"}],
    "reminder": [ACTION],
    "url": [words("1843")],
    "voice_call": [{"type": "ttl_minutes", "ttl_minutes": 100}, {"type": "payload", "payload": "x"}],
}


@pytest.mark.parametrize("sub_type", PRESSED)
def test_every_button_meta_takes_is_taken_in_either_case(sub_type: str) -> None:
    for written in (sub_type, sub_type.upper()):
        assert problems_of("template", template(press(written, *PRESSED[sub_type]))) == {}, written


def test_a_button_meta_does_not_know_is_named() -> None:
    assert set(problems_of("template", template(press("phone_number")))) == {
        "template.components[0].sub_type"
    }


def test_components_may_be_written_in_either_case_and_are_sent_in_lower_case() -> None:
    card = {"card_index": 0, "components": [{"type": "BODY", "parameters": [words("x")]}]}
    content = template({"type": "BODY", "parameters": [words("Ada")]}, {"type": "Carousel", "cards": [card]})
    assert problems_of("template", content) == {}
    sent = in_lower_case(content)["components"]
    assert [component["type"] for component in sent] == ["body", "carousel"]
    assert sent[1]["cards"][0]["components"][0]["type"] == "body"
    assert content["components"][0]["type"] == "BODY"
    assert in_lower_case({"name": "hello_world"}) == {"name": "hello_world"}


@pytest.mark.parametrize(("kind", "content"), TAKEN)
def test_what_meta_takes_is_taken(kind: str, content: Any) -> None:
    assert problems_of(kind, content) == {}


@pytest.mark.parametrize(("kind", "content", "path"), REFUSED)
def test_what_meta_would_refuse_is_named_by_its_path(kind: str, content: Any, path: str) -> None:
    assert path in problems_of(kind, content)


def test_every_type_has_an_example_here() -> None:
    assert {kind for kind, _ in TAKEN} == set(OUTBOUND)


@pytest.mark.parametrize("kind", sorted(OUTBOUND))
@pytest.mark.parametrize("content", [7, "x", True, [[]], {"": {}}, {"action": 1}, {"type": []}, [None]])
def test_nonsense_is_refused_and_never_a_fault(kind: str, content: Any) -> None:
    assert problems_of(kind, content)
