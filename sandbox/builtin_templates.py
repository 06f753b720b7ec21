"""The templates every sandbox starts with."""

from __future__ import annotations

import copy
import hashlib
from typing import Any


def _template(
    name: str, language: str, category: str, *components: dict[str, Any], **more: str
) -> dict[str, Any]:
    return {
        "name": name,
        "parameter_format": more.get("parameter_format", "POSITIONAL"),
        "components": list(components),
        "language": language,
        "status": more.get("status", "APPROVED"),
        "category": category,
        "id": str(10**15 + int.from_bytes(hashlib.sha256((name + language).encode()).digest()[:6])),
    }


def _body(text: str, **example: Any) -> dict[str, Any]:
    return {"type": "BODY", "text": text} | ({"example": example} if example else {})


_FOOTER = {"type": "FOOTER", "text": "Parley sandbox"}
_BUILT_IN = (
    _template(
        "hello_world",
        "en_US",
        "UTILITY",
        {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
        _body("Welcome! This message shows that you can start a conversation with a template."),
        _FOOTER,
    ),
    _template(
        "order_update",
        "en",
        "UTILITY",
        _body("Hi {{1}}, your order {{2}} is on its way.", body_text=[["Ada", "#1843"]]),
    ),
    _template(
        "appointment_reminder",
        "en_GB",
        "UTILITY",
        {"type": "HEADER", "format": "TEXT", "text": "Your appointment"},
        _body(
            "Dear {{name}}, we expect you on {{day}}.",
            body_text_named_params=[
                {"param_name": "name", "example": "Ada"},
                {"param_name": "day", "example": "Monday"},
            ],
        ),
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "I will come"},
                {"type": "QUICK_REPLY", "text": "Another day"},
            ],
        },
        parameter_format="NAMED",
    ),
    _template(
        "season_offer",
        "en",
        "MARKETING",
        {"type": "HEADER", "format": "IMAGE"},
        _body("{{1}}, everything is {{2}} off this week.", body_text=[["Ada", "20%"]]),
        _FOOTER,
        {
            "type": "BUTTONS",
            "buttons": [{"type": "URL", "text": "Look", "url": "https://example.com/{{1}}"}],
        },
    ),
    _template(
        "season_offer",
        "de",
        "MARKETING",
        {"type": "HEADER", "format": "IMAGE"},
        _body("{{1}}, diese Woche ist alles um {{2}} billiger.", body_text=[["Ada", "20%"]]),
    ),
    _template(
        "paused_promotion",
        "en",
        "MARKETING",
        _body("This template was paused after complaints."),
        status="PAUSED",
    ),
    _template("rejected_idea", "en", "MARKETING", _body("This template was refused."), status="REJECTED"),
)


def built_in_templates() -> list[dict[str, Any]]:
    """The templates every sandbox starts with: one of each kind worth trying."""
    return copy.deepcopy([*_BUILT_IN])
