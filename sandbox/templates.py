"""The message templates of the pretended account, and whether a message fits one."""

from __future__ import annotations

import hashlib
import re
from threading import Lock
from typing import Any

from sandbox.grapherrors import GraphError
from sandbox.ids import new_number_id

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


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


def built_in_templates() -> list[dict[str, Any]]:
    """The templates every sandbox starts with: one of each kind worth trying."""
    footer = {"type": "FOOTER", "text": "Parley sandbox"}
    return [
        _template(
            "hello_world",
            "en_US",
            "UTILITY",
            {"type": "HEADER", "format": "TEXT", "text": "Hello World"},
            _body("Welcome! This message shows that you can start a conversation with a template."),
            footer,
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
            footer,
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
    ]


class TemplateShelf:
    """The account's templates by name and language; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._templates: list[dict[str, Any]] = built_in_templates()

    def listing(self, name: str = "", status: str = "") -> list[dict[str, Any]]:
        """Templates, all or those with a name or a status."""
        with self._lock:
            return [
                template
                for template in self._templates
                if name in ("", template["name"]) and status in ("", template["status"])
            ]

    def put(self, template: dict[str, Any]) -> dict[str, Any]:
        """Add a template, or replace the one with the same name and language."""
        full = {
            "id": new_number_id(),
            "status": "APPROVED",
            "category": "UTILITY",
            "parameter_format": "POSITIONAL",
            "components": [],
            **template,
        }
        key = (full["name"], full["language"])
        with self._lock:
            self._templates = [t for t in self._templates if (t["name"], t["language"]) != key] + [full]
        return full

    def reset(self) -> None:
        """Back to the built-in templates."""
        with self._lock:
            self._templates = built_in_templates()

    def check(self, part: dict[str, Any]) -> None:
        """Raise GraphError 132001, 132015, 132016 or 132000 where a template message cannot go out."""
        template = self._found(part["name"], part["language"]["code"])
        if template["status"] == "PAUSED":
            raise GraphError(132015, f"Template '{part['name']}' is paused due to low quality.")
        if template["status"] == "DISABLED":
            raise GraphError(132016, f"Template '{part['name']}' is disabled.")
        given = _given_body(part.get("components") or [])
        wanted = {place for text in _texts(template, "BODY") for place in _PLACE.findall(text)}
        if len(given) != len(wanted):
            raise GraphError(
                132000,
                f"body: number of localizable_params ({len(given)}) does not match the expected number of"
                f" params ({len(wanted)})",
            )

    def text_of(self, part: dict[str, Any]) -> str:
        """The words a person sees: the template's body with its parameters filled in."""
        try:
            template = self._found(part["name"], part["language"]["code"])
        except GraphError:
            return f"[template {part['name']}]"
        given = _given_body(part.get("components") or [])
        filled = {
            str(item.get("parameter_name") or number): _shown(item)
            for number, item in enumerate(given, start=1)
        }
        text = "\n".join(_texts(template, "BODY"))
        return _PLACE.sub(lambda place: filled.get(place[1], place[0]), text)

    def buttons_of(self, part: dict[str, Any]) -> list[dict[str, Any]]:
        """The buttons under a template, as its definition lists them."""
        try:
            components = self._found(part["name"], part["language"]["code"])["components"]
        except GraphError:
            return []
        return [button for one in components if one.get("type") == "BUTTONS" for button in one["buttons"]]

    def _found(self, name: str, language: str) -> dict[str, Any]:
        for template in self.listing(name):
            if template["language"] == language and template["status"] != "REJECTED":
                return template
        raise GraphError(132001, f"template name ({name}) does not exist in {language}")


def _texts(template: dict[str, Any], kind: str) -> list[str]:
    return [part.get("text", "") for part in template["components"] if str(part.get("type")).upper() == kind]


def _given_body(components: list[Any]) -> list[dict[str, Any]]:
    for component in components:
        if isinstance(component, dict) and str(component.get("type")).lower() == "body":
            given = component.get("parameters")
            return [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    return []


def _shown(parameter: dict[str, Any]) -> str:
    kind = str(parameter.get("type", "text"))
    value = parameter.get(kind)
    return str(value.get("fallback_value", "")) if isinstance(value, dict) else str(value or "")
