"""What a customer reads of a template message, from header to buttons, with the parameters filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from whatsapp.fields import mapping, mappings, text
from whatsapp.templates.definitions import Template, filled, part_of

LONGEST = 2048
# Headers that show something other than words.
_SHOWN: Mapping[str, str] = {
    "IMAGE": "Photo",
    "VIDEO": "Video",
    "GIF": "Video",
    "DOCUMENT": "Document",
    "LOCATION": "Location",
    "PRODUCT": "Product",
}


def template_text(template: Template, content: Mapping[str, Any]) -> str:
    """All that is read, from top to bottom, a part a line, buttons in brackets; at most 2048 characters, the line
    breaks of the body kept. Empty where the template's parts are not known."""
    given = mappings(dict(content), "components")
    lines = _lines(template.components or (), given)
    return "\n".join(line for line in lines if line)[:LONGEST]


def _lines(parts: Sequence[dict[str, Any]], given: list[dict[str, Any]]) -> Iterator[str]:
    header = part_of(parts, "HEADER")
    yield _SHOWN.get(text(header, "format").upper()) or _words(header, "HEADER", given)
    yield _words(part_of(parts, "BODY"), "BODY", given)
    yield text(part_of(parts, "FOOTER"), "text")
    cards = mappings(part_of(given, "CAROUSEL"), "cards")
    for index, card in enumerate(mappings(part_of(parts, "CAROUSEL"), "cards")):
        values = mappings(cards[index], "components") if index < len(cards) else []
        yield from _lines(mappings(card, "components"), values)
    yield " ".join(
        f"[{words}]"
        for button in mappings(part_of(parts, "BUTTONS"), "buttons")
        if (words := text(button, "text"))
    )


def _words(part: dict[str, Any], kind: str, given: list[dict[str, Any]]) -> str:
    """The words of a part with the parameters of its kind in their places, by name or by number."""
    parameters = mappings(part_of(given, kind), "parameters")
    values = {
        text(parameter, "parameter_name") or str(number): _shown(parameter)
        for number, parameter in enumerate(parameters, start=1)
    }
    return filled(text(part, "text"), values)


def _shown(parameter: dict[str, Any]) -> str:
    """Currency and dates are shown as their fallback: how WhatsApp writes them depends on the phone."""
    kind = text(parameter, "type")
    return text(parameter, kind) or text(mapping(parameter, kind), "fallback_value")
