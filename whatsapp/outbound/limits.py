"""What may be sent, type by type, with Meta's limits. Read it as Meta's reference, in a table.

Sources: Meta, Cloud API > Reference > Messages, > Guides > Send messages, > Interactive messages (2026-09).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from whatsapp.fields import mapping, mappings
from whatsapp.outbound.shape import (
    Check,
    anything,
    apart,
    array,
    by,
    choice,
    degrees,
    every,
    flag,
    number,
    record,
    text,
)

TEXT, CAPTION, BODY, FOOTER, HEADER = 4096, 1024, 1024, 60, 60
_LIST_ROWS, _PRODUCTS = 10, 30

_id = text(512)
_link = text(2048, pattern=r"https?://\S+", like="https://example.com/file.jpg")
_body, _footer = record({"text": text(BODY)}), record({"text": text(FOOTER)})


def _file(**optional: Check) -> Check:
    """A media object: a file by id or by link."""
    return record({}, {"id": _id, "link": _link, **optional}, one_of=("id", "link"))


_media: Mapping[str, Check] = {
    "image": _file(caption=text(CAPTION)),
    "video": _file(caption=text(CAPTION)),
    "audio": _file(voice=flag),
    "document": _file(caption=text(CAPTION), filename=text(240)),
    "sticker": _file(),
}

_location = record(
    {"latitude": degrees(90), "longitude": degrees(180)}, {"name": text(1000), "address": text(1000)}
)

_contact = record(
    {
        "name": record(
            {"formatted_name": text(500)},
            {name: text(500) for name in ("first_name", "last_name", "middle_name", "suffix", "prefix")},
        )
    },
    {
        "phones": array(record({}, {"phone": text(60), "type": text(60), "wa_id": text(60)}), most=20),
        "emails": array(record({}, {"email": text(254), "type": text(60)}), most=20),
        "urls": array(record({}, {"url": text(2048), "type": text(60)}), most=20),
        "addresses": array(
            record(
                {},
                {
                    name: text(500)
                    for name in ("street", "city", "state", "zip", "country", "country_code", "type")
                },
            ),
            most=20,
        ),
        "org": record({}, {name: text(500) for name in ("company", "department", "title")}),
        "birthday": text(10, pattern=r"\d{4}-\d\d-\d\d", like="1815-12-10"),
    },
)

_reaction = record({"message_id": _id, "emoji": text(60, least=0)})

# Interactive messages ---------------------------------------------------------------------------------------

_text_header = record({"type": choice("text"), "text": text(HEADER)}, {"sub_text": text(HEADER)})
_header = by(
    "type",
    {
        "text": _text_header,
        **{
            kind: record({"type": choice(kind), kind: _file(filename=text(240))})
            for kind in ("image", "video", "document")
        },
    },
)
_reply_button = record({"type": choice("reply"), "reply": record({"id": text(256), "title": text(20)})})
_reply_buttons = every(array(_reply_button, most=3), apart("reply", "id"), apart("reply", "title"))
_row = record({"id": text(200), "title": text(24)}, {"description": text(72)})
_section = record({"rows": array(_row, most=_LIST_ROWS)}, {"title": text(24)})
_product = record({"product_retailer_id": text(200)})
_product_section = record({"title": text(24), "product_items": array(_product, most=_PRODUCTS)})
_flow = record(
    {"flow_message_version": text(10), "flow_cta": text(30)},
    {
        "flow_id": text(200),
        "flow_name": text(200),
        "flow_token": text(2000),
        "flow_action": choice("navigate", "data_exchange"),
        "flow_action_payload": anything,
        "mode": choice("draft", "published"),
    },
    one_of=("flow_id", "flow_name"),
)


def _interactive(
    action: Check, *, header: Check | None = None, body: Check = _body, needs_body: bool = True
) -> Check:
    optional = {"footer": _footer} | ({"header": header} if header else {})
    if not needs_body:
        return record({"type": anything, "action": action}, optional | {"body": body})
    return record({"type": anything, "action": action, "body": body}, optional)


def _named(name: str, parameters: Check | None = None, *, needed: bool = True) -> Check:
    """An action that says its name, and its parameters where it has some."""
    required: dict[str, Check] = {"name": choice(name)}
    if parameters is None:
        return record(required)
    if needed:
        return record(required | {"parameters": parameters})
    return record(required, {"parameters": parameters})


_url_button = record({"display_text": text(20), "url": _link})
_card = record(
    {"card_index": number(0, 9), "action": anything},
    {"type": text(60), "header": _header, "body": record({"text": text(160)})},
)


def _few_rows(value: Any) -> Iterator[tuple[str, str]]:
    """Ten rows in all sections together, and a title for each section where there are several."""
    sections = _sections(value)
    total = sum(len(section["rows"]) for section in sections if isinstance(section.get("rows"), list))
    if total > _LIST_ROWS:
        yield "action.sections", f"have {total} rows together; WhatsApp takes at most {_LIST_ROWS}."
    if len(sections) > 1:
        for index, section in enumerate(sections):
            if not section.get("title"):
                yield f"action.sections[{index}].title", "is missing; with several sections each needs one."


def _rows_apart(value: Any) -> Iterator[tuple[str, str]]:
    """An id of its own for each row, in whichever section: the answer tells no more than the id."""
    seen: set[str] = set()
    for place, section in enumerate(_sections(value)):
        for index, row in enumerate(mappings(section, "rows")):
            key = row.get("id")
            if isinstance(key, str) and key in seen:
                sentence = f"is {key!r:.60} a second time; each must be another."
                yield f"action.sections[{place}].rows[{index}].id", sentence
            seen |= {key} if isinstance(key, str) else set()


def _sections(value: Any) -> list[dict[str, Any]]:
    return mappings(mapping(value, "action"), "sections") if isinstance(value, dict) else []


_interactive_kinds: Mapping[str, Check] = {
    "button": _interactive(record({"buttons": _reply_buttons}), header=_header),
    "list": every(
        _interactive(
            record({"button": text(20), "sections": array(_section, most=10)}),
            header=_text_header,
            body=record({"text": text(TEXT)}),
        ),
        _few_rows,
        _rows_apart,
    ),
    "cta_url": _interactive(_named("cta_url", _url_button), header=_header),
    "flow": _interactive(_named("flow", _flow), header=_header),
    "location_request_message": _interactive(_named("send_location")),
    "product": _interactive(
        record({"catalog_id": text(200), "product_retailer_id": text(200)}), needs_body=False
    ),
    "product_list": _interactive(
        record({"catalog_id": text(200), "sections": array(_product_section, most=10)}), header=_text_header
    ),
    "catalog_message": _interactive(
        _named("catalog_message", record({}, {"thumbnail_product_retailer_id": text(200)}), needed=False)
    ),
    "call_permission_request": _interactive(_named("call_permission_request")),
    "address_message": _interactive(
        _named(
            "address_message", record({"country": text(2)}, {"values": anything, "saved_addresses": anything})
        )
    ),
    "request_contact_info": _interactive(_named("request_contact_info")),
    "voice_call": _interactive(
        _named(
            "voice_call",
            record({}, {"display_text": text(20), "ttl_minutes": number(1, 43_200), "payload": text(512)}),
            needed=False,
        )
    ),
    # Payments, in India and Brazil: what an order may hold differs from provider to provider.
    "order_details": _interactive(_named("review_and_pay", anything), header=_header),
    "order_status": _interactive(_named("review_order", anything)),
    "carousel": _interactive(record({"cards": array(_card, least=2, most=10)})),
}

# Templates --------------------------------------------------------------------------------------------------

_BROKEN = re.compile(r"[\n\r\t]| {5}")
BUTTONS = (
    *(
        "booking_confirmation",
        "catalog",
        "copy_code",
        "flow",
        "mpm",
        "order_details",
        "quick_reply",
        "reminder",
    ),
    *("url", "voice_call"),
)
"""The ``sub_type`` of every button of a template that a parameter may be given to."""


def _unbroken(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and _BROKEN.search(value):
        yield (
            "",
            "holds a line break, a tab or more than 4 spaces in a row, which WhatsApp refuses in a template (132018);"
            " write it on one line.",
        )


def _shown_as(value: Any) -> Iterator[tuple[str, str]]:
    """A price or a date, of which phones may show the fallback."""
    if isinstance(value, dict):
        for path, sentence in _unbroken(value.get("fallback_value")):
            yield f"fallback_value{path}", sentence


_named_too = {"parameter_name": text(200)}
_parameter = by(
    "type",
    {
        "text": record({"type": anything, "text": every(text(TEXT), _unbroken)}, _named_too),
        "currency": record({"type": anything, "currency": _shown_as}, _named_too),
        "date_time": record({"type": anything, "date_time": _shown_as}, _named_too),
        "payload": record({"type": anything, "payload": text(256)}),
        "coupon_code": record({"type": anything, "coupon_code": text(20)}),
        "action": record({"type": anything, "action": anything}),
        "ttl_minutes": record({"type": anything, "ttl_minutes": number(1, 43_200)}),
        "location": record({"type": anything, "location": _location}),
        "product": record({"type": anything, "product": anything}),
        **{
            kind: record({"type": anything, kind: _file(filename=text(240))})
            for kind in ("image", "video", "document")
        },
    },
)
_parameters = array(_parameter, least=0, most=50)
_button = record(
    {
        "type": anything,
        "sub_type": choice(*BUTTONS, any_case=True),
        "index": anything,
    },
    {"parameters": _parameters},
)
_plain_components: Mapping[str, Check] = {
    "header": record({"type": anything}, {"parameters": _parameters}),
    "body": record({"type": anything}, {"parameters": _parameters}),
    "button": _button,
    "limited_time_offer": record({"type": anything, "parameters": anything}),
}
_template_card = record(
    {"card_index": number(0, 9), "components": array(by("type", _plain_components, any_case=True), most=10)}
)
_carousel = record({"type": anything, "cards": array(_template_card, most=10)})
_template = record(
    {"name": text(512), "language": record({"code": text(20)}, {"policy": choice("deterministic")})},
    {
        "components": array(
            by("type", {**_plain_components, "carousel": _carousel}, any_case=True), least=0, most=20
        )
    },
)

# ------------------------------------------------------------------------------------------------------------

OUTBOUND: Mapping[str, Check] = {
    "text": record({"body": text(TEXT)}, {"preview_url": flag}),
    **_media,
    "location": _location,
    "contacts": array(_contact, most=5),
    "reaction": _reaction,
    "interactive": by("type", _interactive_kinds),
    "template": _template,
}
"""Every type an agent may send, and the check of its own object."""
