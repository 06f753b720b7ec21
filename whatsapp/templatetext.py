"""What a customer reads of a template message: the template's body with the parameters filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whatsapp.fields import mapping, mappings, text
from whatsapp.templates import Template, filled, part_of

LONGEST = 1024


def template_text(template: Template, content: Mapping[str, Any]) -> str:
    """The words of the body, at most 1024 characters, line breaks kept; empty where they are not known."""
    words = text(part_of(template.components or (), "BODY"), "text")
    given = next((each for each in mappings(dict(content), "components") if each.get("type") == "body"), {})
    values = {
        text(each, "parameter_name") or str(number): _shown(each)
        for number, each in enumerate(mappings(given, "parameters"), start=1)
    }
    return filled(words, values)[:LONGEST]


def _shown(parameter: dict[str, Any]) -> str:
    """Currency and dates are shown as their fallback: how WhatsApp writes them depends on the phone."""
    kind = text(parameter, "type")
    return text(parameter, kind) or text(mapping(parameter, kind), "fallback_value")
