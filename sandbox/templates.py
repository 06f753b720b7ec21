"""The message templates of the pretended account, and whether a message fits one."""

from __future__ import annotations

import re
from threading import Lock
from typing import Any

from sandbox.builtin_templates import built_in_templates
from sandbox.graph.errors import GraphError
from sandbox.ids import new_number_id
from sandbox.rules.templates import check_texts

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


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

    def by_id(self, template_id: str) -> dict[str, Any] | None:
        """The template with this id."""
        return next((template for template in self.listing() if template["id"] == template_id), None)

    def remove(self, name: str, template_id: str = "") -> int:
        """Remove every language of a name, or the one with this id too; returns how many there were."""
        with self._lock:
            kept = [
                template
                for template in self._templates
                if template["name"] != name or template_id not in ("", template["id"])
            ]
            removed, self._templates = len(self._templates) - len(kept), kept
            return removed

    def reset(self) -> None:
        """Back to the built-in templates."""
        with self._lock:
            self._templates = built_in_templates()

    def check(self, part: dict[str, Any]) -> None:
        """Raise GraphError 132001, 132015, 132016, 132000 or 132018 where a template message cannot go out."""
        template = self._usable(part["name"], part["language"]["code"])
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
        check_texts(part.get("components"))

    def text_of(self, part: dict[str, Any]) -> str:
        """The words a person sees: the template's body with its parameters filled in."""
        try:
            template = self._usable(part["name"], part["language"]["code"])
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
            components = self._usable(part["name"], part["language"]["code"])["components"]
        except GraphError:
            return []
        return [button for one in components if one.get("type") == "BUTTONS" for button in one["buttons"]]

    def _usable(self, name: str, language: str) -> dict[str, Any]:
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
