"""What the customer reads of a template message."""

from __future__ import annotations

from typing import Any

from whatsapp.templates.definitions import Template, places
from whatsapp.templates.text import LONGEST, template_text


def reads(words: str, *parameters: dict[str, Any], form: str = "POSITIONAL") -> str:
    known = Template.of("n", "en", "UTILITY", "APPROVED", form, [{"type": "BODY", "text": words}])
    return template_text(known, {"components": [{"type": "body", "parameters": list(parameters)}]})


def word(text: str, **more: str) -> dict[str, Any]:
    return {"type": "text", "text": text} | more


def test_parameters_fill_their_places_by_number() -> None:
    assert reads("Hi {{1}}, {{ 2 }} again, {{1}}", word("Ada"), word("you")) == "Hi Ada, you again, Ada"


def test_parameters_fill_their_places_by_name() -> None:
    given = (word("Friday", parameter_name="day"), word("Ada", parameter_name="name"))
    assert reads("{{name}}: {{day}}", *given, form="NAMED") == "Ada: Friday"


def test_a_price_is_shown_as_its_fallback() -> None:
    price = {"type": "currency", "currency": {"fallback_value": "$9.99", "code": "USD", "amount_1000": 9990}}
    assert reads("Only {{1}}", price) == "Only $9.99"


def test_what_a_customer_wrote_into_a_parameter_is_not_filled_in_again() -> None:
    assert reads("{{1}} {{2}}", word("{{2}}"), word("x")) == "{{2}} x"


def test_line_breaks_stay_and_the_length_is_bounded() -> None:
    assert reads("a\n\nb") == "a\n\nb"
    assert len(reads("{{1}}", word("x" * 4096))) == LONGEST


def test_without_a_body_there_is_nothing_to_read() -> None:
    assert template_text(Template.of("n", "en", "", "", "", None), {}) == ""


def test_places_are_told_once_and_in_order() -> None:
    assert places("{{b}} {{a}} {{b}} {{not a place}} {c}") == ("b", "a")


def known(*parts: dict[str, Any]) -> Template:
    return Template.of("n", "en", "UTILITY", "APPROVED", "POSITIONAL", list(parts))


HEADER = {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}"}
BODY = {"type": "BODY", "text": "Hi {{1}},\nit is here."}
FOOTER = {"type": "FOOTER", "text": "Tea & Co."}
BUTTONS = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Look", "url": "x"}, {"type": "QUICK_REPLY", "text": "Ok"}],
}


def test_header_footer_and_buttons_are_read_too() -> None:
    given = [
        {"type": "header", "parameters": [word("#1843")]},
        {"type": "body", "parameters": [word("Ada")]},
    ]
    read = template_text(known(BUTTONS, FOOTER, BODY, HEADER), {"components": given})
    assert read == "Order #1843\nHi Ada,\nit is here.\nTea & Co.\n[Look] [Ok]"


def test_a_header_without_words_is_named_by_what_it_shows() -> None:
    picture = {"type": "HEADER", "format": "IMAGE"}
    assert template_text(known(picture, {"type": "BODY", "text": "New"}), {}) == "Photo\nNew"


def test_every_card_of_a_carousel_is_read() -> None:
    def card(words: str) -> dict[str, Any]:
        return {
            "components": [{"type": "BODY", "text": words}, {"type": "BUTTONS", "buttons": [{"text": "Buy"}]}]
        }

    shelf = {"type": "CAROUSEL", "cards": [card("Green {{1}}"), card("Black")]}
    filled_in = [{"components": [{"type": "body", "parameters": [word("tea")]}]}, {"components": []}]
    content = {"components": [{"type": "carousel", "cards": filled_in}]}
    read = template_text(known({"type": "BODY", "text": "Ours"}, shelf), content)
    assert read == "Ours\nGreen tea\n[Buy]\nBlack\n[Buy]"
