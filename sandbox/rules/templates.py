"""What Meta checks in the components of a template message before it looks for the template itself, and after.

Pure: a check raises ``GraphError`` or returns. Case does not matter, as at Meta.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.graph.errors import GraphError, invalid_parameter, missing_parameter

COMPONENTS = ("BODY", "BUTTON", "CAROUSEL", "HEADER", "LIMITED_TIME_OFFER", "ORDER_STATUS")
SUB_TYPES = (
    *(
        "BOOKING_CONFIRMATION",
        "CATALOG",
        "COPY_CODE",
        "FLOW",
        "MPM",
        "ORDER_DETAILS",
        "QUICK_REPLY",
        "REMINDER",
    ),
    *("URL", "VOICE_CALL"),
)
_BROKEN = re.compile(r"[\n\r\t]| {5}")


def check_components(components: Any, path: str = "template['components']") -> None:
    """Error 100 for a component or a button of no kind Meta knows, 131008 for a button without its index."""
    if not isinstance(components, list) or not all(isinstance(component, dict) for component in components):
        raise invalid_parameter(f"Param {path} must be an array of objects.")
    for number, component in enumerate(components):
        where = f"{path}[{number}]"
        _one_of(component.get("type"), COMPONENTS, f"{where}['type']")
        if str(component["type"]).upper() == "BUTTON":
            _check_button(component, where)
        for place, card in enumerate(_dicts(component.get("cards"))):
            check_components(card.get("components", []), f"{where}['cards'][{place}]['components']")


def _check_button(button: dict[str, Any], where: str) -> None:
    _one_of(button.get("sub_type"), SUB_TYPES, f"{where}['sub_type']")
    if button.get("index") is None:
        raise missing_parameter(f"{where}['index']")


def _one_of(value: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(value, str) or value.upper() not in known:
        raise invalid_parameter(f'Param {where} must be one of {{{", ".join(known)}}} - got "{value}".')


def check_texts(components: Any) -> None:
    """Error 132018 where a text parameter, anywhere, is broken into lines or set apart."""
    for words in _texts(components):
        if _BROKEN.search(words):
            raise GraphError(
                132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
            )


def _texts(components: Any) -> Iterator[str]:
    for component in _dicts(components):
        for parameter in _dicts(component.get("parameters")):
            if str(parameter.get("type")).lower() == "text" and isinstance(parameter.get("text"), str):
                yield parameter["text"]
        for card in _dicts(component.get("cards")):
            yield from _texts(card.get("components"))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
