"""A template as Meta defines it: what it says, and which parameters each part of it takes.

Source: Meta, WhatsApp Business Platform > Templates > Components, > Supported parameters (2026-09).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from whatsapp.fields import identifier, mapping, mappings, text
from whatsapp.inbound.updates import TemplateNews

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NAMED = "NAMED"
UNSENDABLE = frozenset(
    {
        *("PENDING", "REJECTED", "PAUSED", "DISABLED", "IN_APPEAL", "PENDING_DELETION", "DELETED"),
        *("LIMIT_EXCEEDED", "ARCHIVED"),
    }
)
"""Statuses in which Meta sends no message of a template."""


class Template(msgspec.Struct, frozen=True):
    """One template in one language. ``components`` is None where only its name is known."""

    name: str
    language: str
    category: str
    status: str
    named: bool
    components: tuple[dict[str, Any], ...] | None

    @classmethod
    def of(
        cls, name: str, language: str, category: str, status: str, parameter_format: str, components: Any
    ) -> Template:
        """From the columns of models/templates/templates.py."""
        parts = (
            tuple(component for component in components if isinstance(component, dict))
            if components is not None
            else None
        )
        body = part_of(parts or (), "BODY")
        numbers = all(place.isdecimal() for place in places(text(body, "text")))
        named = parameter_format == _NAMED or (not parameter_format and not numbers)
        return cls(name, language, category, status, named, parts)


def part_of(components: Sequence[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The component of this type; empty where there is none."""
    return next((component for component in components if text(component, "type").upper() == kind), {})


def places(words: str) -> tuple[str, ...]:
    """The placeholders of a text, each once, in order: ``1``, ``2``, or names."""
    return tuple(dict.fromkeys(_PLACE.findall(words)))


def filled(words: str, values: dict[str, str]) -> str:
    """A text with its placeholders filled in; those without a value stay."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), words)


def in_lower_case(content: dict[str, Any]) -> dict[str, Any]:
    """A template message whose components, cards too, say their type in lower case, which Meta writes either way."""
    if not isinstance(content.get("components"), list):
        return content
    return content | {"components": [_lowered(component) for component in content["components"]]}


def _lowered(component: dict[str, Any]) -> dict[str, Any]:
    lowered = component | {"type": component["type"].lower()}
    if "cards" in component:
        lowered["cards"] = [in_lower_case(card) for card in component["cards"]]
    return lowered


def listed(account_id: str, body: dict[str, Any]) -> TemplateNews:
    """One entry of GET /{account-id}/message_templates. Raises ValueError where it names no template."""
    name, language = text(body, "name"), text(body, "language")
    if not name or not language:
        raise ValueError("the template has no name or no language")
    reason = text(body, "rejected_reason")
    return TemplateNews(
        account_id=account_id,
        template_id=identifier(body, "id"),
        name=name[:512],
        language=language[:60],
        changes={
            "template_id": identifier(body, "id"),
            "category": text(body, "category")[:200],
            "status": text(body, "status")[:200],
            "quality": text(mapping(body, "quality_score"), "score")[:200],
            "reason": "" if reason == "NONE" else reason[:200],
            "parameter_format": text(body, "parameter_format")[:60],
            "components": mappings(body, "components"),
        },
        at=None,
    )
