"""A template message against its template: everything Meta would refuse later is named by its path before."""

from __future__ import annotations

from typing import Any

import pytest

from whatsapp.outbound.limits import OUTBOUND
from whatsapp.templates.check import template_problems
from whatsapp.templates.definitions import UNSENDABLE, Template

PATH = "template.components"


def template(*parts: dict[str, Any], status: str = "APPROVED", form: str = "POSITIONAL") -> Template:
    return Template.of("order_update", "en", "UTILITY", status, form, list(parts))


def body(words: str) -> dict[str, Any]:
    return {"type": "BODY", "text": words}


def header(form: str, words: str = "") -> dict[str, Any]:
    return {"type": "HEADER", "format": form} | ({"text": words} if words else {})


def buttons(*given: dict[str, Any]) -> dict[str, Any]:
    return {"type": "BUTTONS", "buttons": list(given)}


def words(*texts: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": word} for word in texts]


def named(**texts: str) -> list[dict[str, Any]]:
    return [{"type": "text", "parameter_name": name, "text": word} for name, word in texts.items()]


def part(kind: str, *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "parameters": list(parameters)} | more


def press(index: Any, sub_type: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    return part("button", *parameters, sub_type=sub_type, index=index)


def problems(which: Template, *components: dict[str, Any]) -> dict[str, str]:
    content = {"name": "order_update", "language": {"code": "en"}, "components": list(components)}
    # What is checked here has passed the check of its shape before.
    assert list(OUTBOUND["template"](content)) == []
    return template_problems(which, content)


PICTURE = {"type": "image", "image": {"link": "https://example.com/a.jpg"}}
PLACE = {"type": "location", "location": {"latitude": 51.5, "longitude": 0}}
URL = {"type": "URL", "text": "Look", "url": "https://example.com/{{1}}"}
STATIC_URL = {"type": "URL", "text": "Look", "url": "https://example.com/"}
REPLY = {"type": "QUICK_REPLY", "text": "Yes"}
CODE = {"type": "COPY_CODE", "text": "Copy", "example": "SAVE20"}
FLOW = {"type": "FLOW", "text": "Open", "flow_id": "1"}
PHONE = {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001"}
PAY = {"type": "ORDER_DETAILS", "text": "Copy Pix code"}
PAYLOAD = {"type": "payload", "payload": "yes"}
COUPON = {"type": "coupon_code", "coupon_code": "SAVE20"}
ACTION = {"type": "action", "action": {"flow_token": "t"}}
TWO = body("Hi {{1}}, {{2}} is on its way, {{1}}.")

FITS: list[tuple[Template, list[dict[str, Any]]]] = [
    (template(body("Nothing to fill in")), []),
    (template(body("Nothing to fill in")), [part("body")]),
    (template(TWO), [part("body", *words("Ada", "#1"))]),
    (
        template(body("Dear {{name}} on {{day}}"), form="NAMED"),
        [part("body", *named(day="Friday", name="Ada"))],
    ),
    (template(body("Dear {{name}}"), form=""), [part("body", *named(name="Ada"))]),
    (
        template(body("{{1}}")),
        [part("body", {"type": "currency", "currency": {"fallback_value": "$1"}})],
    ),
    (template(header("TEXT", "Order {{1}}"), body("Hi")), [part("header", *words("#1"))]),
    (template(header("IMAGE"), body("Hi")), [part("header", PICTURE)]),
    (template(header("LOCATION"), body("Hi")), [part("header", PLACE)]),
    (template(header("PRODUCT"), body("Hi")), []),
    (template(body("Hi"), buttons(URL)), [press("0", "url", *words("a"))]),
    (template(body("Hi"), buttons(STATIC_URL, PHONE)), []),
    (template(body("Hi"), buttons(REPLY, REPLY)), []),
    (template(body("Hi"), buttons(REPLY, REPLY)), [press(1, "quick_reply", PAYLOAD)]),
    (template(body("Hi"), buttons(CODE)), [press(0, "copy_code", COUPON)]),
    (template(body("Hi"), buttons(FLOW)), [press(0, "flow", ACTION)]),
    (template(body("Hi"), buttons(FLOW)), []),
    (
        template(body("{{1}}"), buttons({"type": "OTP"})),
        [part("body", *words("9")), press(0, "url", *words("9"))],
    ),
    (template(body("Hi"), buttons({"type": "HOLOGRAM"})), []),
    (template(body("Hi"), buttons(PAY)), [press(0, "ORDER_DETAILS", ACTION)]),
    (template(body("Hi"), buttons({"type": "REMINDER"})), [press(0, "reminder", PAYLOAD)]),
    (template(body("Hi"), buttons({"type": "VOICE_CALL"})), []),
]


@pytest.mark.parametrize(("which", "components"), FITS)
def test_what_fits_has_no_problem(which: Template, components: list[dict[str, Any]]) -> None:
    assert problems(which, *components) == {}


WRONG: list[tuple[Template, list[dict[str, Any]], set[str]]] = [
    (template(body("Hi"), buttons(PAY)), [], {PATH}),
    (
        template(body("Hi"), buttons(PAY)),
        [press(0, "order_details", PAYLOAD)],
        {f"{PATH}[0].parameters[0].type"},
    ),
    (
        template(body("Hi"), buttons({"type": "REMINDER"})),
        [press(0, "flow", ACTION)],
        {f"{PATH}[0].sub_type"},
    ),
    (template(TWO), [], {PATH}),
    (template(TWO), [part("body", *words("Ada"))], {f"{PATH}[0].parameters"}),
    (template(TWO), [part("body", *words("Ada", "#1", "more"))], {f"{PATH}[0].parameters"}),
    (template(TWO), [part("body", PICTURE, *words("#1"))], {f"{PATH}[0].parameters[0].type"}),
    (template(body("Plain")), [part("body", *words("Ada"))], {f"{PATH}[0].parameters"}),
    (
        template(body("{{name}}, {{day}}"), form="NAMED"),
        [part("body", *words("Ada"), *named(day="Friday"))],
        {f"{PATH}[0].parameters[0].parameter_name", f"{PATH}[0].parameters"},
    ),
    (
        template(body("{{name}}"), form="NAMED"),
        [part("body", *named(name="Ada"), *named(name="Grace"))],
        {f"{PATH}[0].parameters[1].parameter_name"},
    ),
    (template(header("IMAGE"), body("Hi")), [], {PATH}),
    (template(header("IMAGE"), body("Hi")), [part("header", *words("a"))], {f"{PATH}[0].parameters[0].type"}),
    (template(header("IMAGE"), body("Hi")), [part("header", PICTURE, PICTURE)], {f"{PATH}[0].parameters"}),
    (template(header("TEXT", "Hi"), body("Hi")), [part("header", *words("a"))], {f"{PATH}[0].parameters"}),
    (template(body("Hi")), [part("header", *words("a"))], {f"{PATH}[0].parameters"}),
    (template(body("Hi"), buttons(URL)), [], {PATH}),
    (template(body("Hi"), buttons(URL)), [press(0, "url")], {f"{PATH}[0].parameters"}),
    (template(body("Hi"), buttons(STATIC_URL)), [press(0, "url", *words("a"))], {f"{PATH}[0].parameters"}),
    (template(body("Hi"), buttons(URL)), [press(0, "quick_reply", PAYLOAD)], {f"{PATH}[0].sub_type"}),
    (template(body("Hi"), buttons(REPLY)), [press(1, "quick_reply", PAYLOAD)], {f"{PATH}[0].index"}),
    (template(body("Hi"), buttons(REPLY)), [press("one", "quick_reply", PAYLOAD)], {f"{PATH}[0].index"}),
    (template(body("Hi")), [press(0, "quick_reply", PAYLOAD)], {f"{PATH}[0].index"}),
    (
        template(body("Hi"), buttons(REPLY)),
        [press(0, "quick_reply", PAYLOAD), press("0", "quick_reply", PAYLOAD)],
        {f"{PATH}[1].index"},
    ),
    (
        template(body("Hi"), buttons(CODE)),
        [press(0, "copy_code", *words("a"))],
        {f"{PATH}[0].parameters[0].type"},
    ),
    (template(body("Hi")), [part("body"), part("body")], {f"{PATH}[1].type"}),
    (
        template({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"has_expiration": True}}, body("Hi")),
        [],
        {PATH},
    ),
]


@pytest.mark.parametrize(("which", "components", "paths"), WRONG)
def test_what_does_not_fit_is_named_by_its_path(
    which: Template, components: list[dict[str, Any]], paths: set[str]
) -> None:
    assert set(problems(which, *components)) == paths


def test_everything_that_is_wrong_is_named_at_once() -> None:
    which = template(header("IMAGE"), TWO, buttons(REPLY, URL))
    complaints = problems(which, part("header", *words("a")), part("body", *words("Ada")), press(5, "url"))
    assert set(complaints) == {
        f"{PATH}[0].parameters[0].type",
        f"{PATH}[1].parameters",
        f"{PATH}[2].index",
        PATH,
    }


def card(*components: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"card_index": index, "components": list(components)}


CARDS = template(
    body("Look"),
    {
        "type": "CAROUSEL",
        "cards": [{"components": [header("IMAGE"), body("{{1}}"), buttons(URL)]} for _ in range(2)],
    },
)


def test_a_carousel_is_checked_card_by_card() -> None:
    whole = (part("header", PICTURE), part("body", *words("Mug")), press(0, "url", *words("mug")))
    lacking = (part("header", PICTURE), part("body"), press(0, "url", *words("mug")))
    assert problems(CARDS, {"type": "carousel", "cards": [card(*whole), card(*whole, index=1)]}) == {}
    complaints = problems(CARDS, {"type": "carousel", "cards": [card(*whole), card(*lacking, index=1)]})
    assert set(complaints) == {f"{PATH}[0].cards[1].components[1].parameters"}


def test_a_carousel_needs_as_many_cards_as_its_template() -> None:
    assert set(problems(CARDS)) == {PATH}
    one = {"type": "carousel", "cards": [card(part("header", PICTURE))]}
    assert set(problems(CARDS, one)) == {f"{PATH}[0].cards"}


@pytest.mark.parametrize("status", sorted(UNSENDABLE))
def test_a_template_meta_does_not_send_is_refused_with_its_status(status: str) -> None:
    assert status in problems(template(body("Hi"), status=status))["template.name"]


@pytest.mark.parametrize("status", ["APPROVED", "FLAGGED", "REINSTATED", "", "A_WORD_OF_NEXT_YEAR"])
def test_a_status_that_does_not_stop_it_is_no_problem(status: str) -> None:
    assert problems(template(body("Hi"), status=status)) == {}


def test_where_only_the_name_is_known_meta_judges_the_parameters() -> None:
    known = Template.of("order_update", "en", "", "APPROVED", "", None)
    assert problems(known, part("body", *words("Ada"))) == {}
