"""Every type an agent may send and every kind of interactive message: name -> (type, the type's own object)."""

from __future__ import annotations

from typing import Any

Sent = tuple[str, dict[str, Any] | list[Any]]
PICTURE = "https://example.com/kettle.jpg"
FILM = "https://example.com/kettle.mp4"
PAPER = "https://example.com/manual.pdf"


def _interactive(kind: str, action: dict[str, Any], words: str = "Tea or coffee?", **more: Any) -> Sent:
    return "interactive", {"type": kind, "body": {"text": words}, "action": action} | more


def _button(number: int, title: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": f"choice-{number}", "title": title}}


def _products(*names: str) -> list[dict[str, str]]:
    return [{"product_retailer_id": name} for name in names]


def _template(name: str, *components: dict[str, Any], language: str = "en") -> Sent:
    parts = {"components": list(components)} if components else {}
    return "template", {"name": name, "language": {"code": language}} | parts


def _file_header(kind: str, link: str) -> dict[str, Any]:
    return {"type": "header", "parameters": [{"type": kind, kind: {"link": link}}]}


def _words(*words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": word} for word in words]


def _pressed(kind: str, index: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return {"type": "button", "sub_type": kind, "index": index, "parameters": list(parameters)}


def _card(number: int) -> dict[str, Any]:
    link = {"display_text": "Look", "url": f"https://example.com/{number}"}
    return {
        "card_index": number,
        "type": "cta_url",
        "header": {"type": "image", "image": {"link": PICTURE}},
        "body": {"text": f"Kettle {number}"},
        "action": {"name": "cta_url", "parameters": link},
    }


def _template_card(number: int) -> dict[str, Any]:
    picture = _file_header("image", PICTURE)
    return {"card_index": number, "components": [picture, {"type": "body", "parameters": _words("Ada")}]}


BUTTONS = {"buttons": [_button(1, "Tea"), _button(2, "Coffee"), _button(3, "Neither, thank you")]}
ROWS = [{"id": f"tea-{n}", "title": f"Tea {n}", "description": "Loose leaves"} for n in range(10)]
ADDRESS = {
    "street": "1 Example Row",
    "city": "London",
    "zip": "EC1A 1AA",
    "country": "United Kingdom",
    "country_code": "gb",
    "type": "WORK",
}
CARD = {
    "name": {"formatted_name": "Grace Hopper", "first_name": "Grace", "last_name": "Hopper", "prefix": "Dr"},
    "phones": [{"phone": "+44 7700 900456", "type": "WORK", "wa_id": "447700900456"}],
    "emails": [{"email": "grace@example.com", "type": "WORK"}],
    "urls": [{"url": "https://example.com/grace", "type": "WORK"}],
    "addresses": [ADDRESS],
    "org": {"company": "Example Ltd", "department": "Compilers", "title": "Rear admiral"},
    "birthday": "1906-12-09",
}
FLOW = {
    "flow_message_version": "3",
    "flow_id": "1234567890",
    "flow_cta": "Book a table",
    "flow_token": "table-7",
    "flow_action": "navigate",
    "flow_action_payload": {"screen": "WHEN", "data": {"guests": 2}},
    "mode": "draft",
}
ORDER = {
    "reference_id": "order-7",
    "type": "physical-goods",
    "currency": "INR",
    "total_amount": {"value": 45000, "offset": 100},
    "order": {
        "status": "pending",
        "items": [
            {"retailer_id": "tea-01", "name": "Tea", "amount": {"value": 45000, "offset": 100}, "quantity": 1}
        ],
        "subtotal": {"value": 45000, "offset": 100},
    },
}
PRICE = {"fallback_value": "€4.50", "code": "EUR", "amount_1000": 4500}
DAY = {"fallback_value": "Monday"}
ENDS = {"type": "limited_time_offer", "limited_time_offer": {"expiration_time_ms": 1798761600000}}
PLACE = {"latitude": "51.5194", "longitude": "-0.1270", "name": "Museum", "address": "Example Street"}

MESSAGES: dict[str, Sent] = {
    "text": ("text", {"body": "Hello 👋\nWith a second line"}),
    "text with preview": ("text", {"body": "See https://example.com/a", "preview_url": True}),
    "text of 4096 characters": ("text", {"body": "ü" * 4096}),
    "image by link": ("image", {"link": PICTURE}),
    "image with caption": ("image", {"link": PICTURE, "caption": "c" * 1024}),
    "video": ("video", {"link": FILM, "caption": "Boiling"}),
    "audio": ("audio", {"link": "https://example.com/a.mp3"}),
    "voice note": ("audio", {"link": "https://example.com/a.ogg", "voice": True}),
    "document": ("document", {"link": PAPER, "caption": "Read me", "filename": "Manual №1.pdf"}),
    "sticker": ("sticker", {"link": "https://example.com/a.webp"}),
    "location": ("location", {"latitude": 51.5194, "longitude": -0.127}),
    "location with name": (
        "location",
        {"latitude": -33.86, "longitude": 151.21, "name": "Opera", "address": "Point 2"},
    ),
    "contact with every field": ("contacts", [CARD]),
    "five contacts": ("contacts", [{"name": {"formatted_name": f"Person {n}"}} for n in range(5)]),
}

INTERACTIVE: dict[str, Sent] = {
    "buttons": _interactive("button", BUTTONS, footer={"text": "Until noon"}),
    "buttons under a text header": _interactive("button", BUTTONS, header={"type": "text", "text": "Today"}),
    "buttons under an image": _interactive(
        "button", BUTTONS, header={"type": "image", "image": {"link": PICTURE}}
    ),
    "buttons under a video": _interactive(
        "button", BUTTONS, header={"type": "video", "video": {"link": FILM}}
    ),
    "buttons under a document": _interactive(
        "button",
        BUTTONS,
        header={"type": "document", "document": {"link": PAPER, "filename": "Menu.pdf"}},
    ),
    "list": _interactive(
        "list",
        {
            "button": "Choose",
            "sections": [{"title": "Green", "rows": ROWS[:5]}, {"title": "Black", "rows": ROWS[5:]}],
        },
        header={"type": "text", "text": "Teas"},
        footer={"text": "All organic"},
    ),
    "link button": _interactive(
        "cta_url",
        {"name": "cta_url", "parameters": {"display_text": "Order now", "url": "https://example.com/order"}},
    ),
    "flow": _interactive("flow", {"name": "flow", "parameters": FLOW}),
    "location request": _interactive("location_request_message", {"name": "send_location"}),
    "product": _interactive("product", {"catalog_id": "194836987003835", "product_retailer_id": "tea-01"}),
    "product list": _interactive(
        "product_list",
        {
            "catalog_id": "194836987003835",
            "sections": [{"title": "Teas", "product_items": _products("tea-01", "tea-02")}],
        },
        header={"type": "text", "text": "Our teas"},
    ),
    "catalogue": _interactive(
        "catalog_message",
        {"name": "catalog_message", "parameters": {"thumbnail_product_retailer_id": "tea-01"}},
    ),
    "call permission": _interactive("call_permission_request", {"name": "call_permission_request"}),
    "address": _interactive("address_message", {"name": "address_message", "parameters": {"country": "IN"}}),
    "contact request": _interactive("request_contact_info", {"name": "request_contact_info"}),
    "call button": _interactive(
        "voice_call",
        {"name": "voice_call", "parameters": {"display_text": "Ring us", "ttl_minutes": 1440}},
    ),
    "order to pay": _interactive("order_details", {"name": "review_and_pay", "parameters": ORDER}),
    "order on its way": _interactive(
        "order_status",
        {
            "name": "review_order",
            "parameters": {"reference_id": "order-7", "order": {"status": "shipped"}},
        },
    ),
    "carousel": _interactive("carousel", {"cards": [_card(0), _card(1)]}),
}

TEMPLATES: dict[str, Sent] = {
    "template without parameters": _template("hello_world", language="en_US"),
    "template with words": _template("order_update", {"type": "body", "parameters": _words("Ada", "#1843")}),
    "template with names and buttons": _template(
        "appointment_reminder",
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "name", "text": "Ada"},
                {"type": "text", "parameter_name": "day", "text": "Monday"},
            ],
        },
        _pressed("quick_reply", "0", {"type": "payload", "payload": "yes-1"}),
        language="en_GB",
    ),
    "template with a picture and a link": _template(
        "season_offer",
        _file_header("image", PICTURE),
        {"type": "body", "parameters": _words("Ada", "20 %")},
        _pressed("url", "0", *_words("spring")),
    ),
    "template with money and a date": _template(
        "order_update",
        {
            "type": "body",
            "parameters": [
                {"type": "currency", "currency": PRICE},
                {"type": "date_time", "date_time": DAY},
            ],
        },
    ),
    "template with a video": _template("kettle_film", _file_header("video", FILM)),
    "template with a document": _template("kettle_manual", _file_header("document", PAPER)),
    "template with a place": _template(
        "shop_place", {"type": "header", "parameters": [{"type": "location", "location": PLACE}]}
    ),
    "template with a code to copy": _template(
        "tea_code", _pressed("copy_code", "0", {"type": "coupon_code", "coupon_code": "TEA25"})
    ),
    "template with a catalogue": _template(
        "tea_catalogue",
        _pressed("CATALOG", "0", {"type": "action", "action": {"thumbnail_product_retailer_id": "tea-01"}}),
    ),
    "template with a flow": _template(
        "table_booking", _pressed("flow", "0", {"type": "action", "action": {"flow_token": "table-7"}})
    ),
    "template with an offer that ends": _template(
        "tea_offer", {"type": "limited_time_offer", "parameters": [ENDS]}
    ),
    "template with a carousel": _template(
        "kettle_carousel", {"type": "carousel", "cards": [_template_card(0), _template_card(1)]}
    ),
}

EVERY: dict[str, Sent] = MESSAGES | INTERACTIVE | TEMPLATES
