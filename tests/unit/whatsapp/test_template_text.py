"""What the customer reads of a template message."""

from __future__ import annotations

from typing import Any

from whatsapp.templates import Template, places
from whatsapp.templatetext import LONGEST, template_text


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
