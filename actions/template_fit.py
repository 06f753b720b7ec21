"""A template message held against its template, as Meta last told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from models.people import preferences
from models.templates import templates
from models.templates.templates import Shelf
from schema.errors import Refused, refuse_wrong
from whatsapp.templates.check import template_problems
from whatsapp.templates.definitions import Template
from whatsapp.templates.text import template_text

_MARKETING = "MARKETING"


class Fit(NamedTuple):
    """What came of it: the template, None where it is not known, and what is wrong with the message."""

    template: Template | None
    problems: dict[str, str]

    def preview(self, content: Mapping[str, Any]) -> str:
        """What the customer will read; empty where the template is not known."""
        return template_text(self.template, content) if self.template else ""

    def check(self, contact_id: str) -> None:
        """Raise Refused: invalid, or opted_out where the person wants no marketing messages."""
        refuse_wrong(self.problems)
        if self.template is None or self.template.category != _MARKETING:
            return
        since = preferences.opted_out_at(contact_id)
        if since is not None:
            raise Refused(
                "opted_out",
                f"The customer has stopped marketing messages in WhatsApp, and {self.template.name} is one."
                " Send a utility template, or wait until they resume.",
            )


def look(phone_number_id: str, content: Mapping[str, Any]) -> Fit:
    """Hold a template message, whose shape was checked, against the template.

    An account that was never synced cannot be held against anything: Meta judges.
    """
    shelf = templates.shelf(phone_number_id, content["name"])
    definition = shelf.languages.get(content["language"]["code"])
    if definition is not None:
        return Fit(definition, template_problems(definition, content))
    return Fit(None, _unknown(shelf, content) if shelf.synced else {})


def _unknown(shelf: Shelf, content: Mapping[str, Any]) -> dict[str, str]:
    name, language = content["name"], content["language"]["code"]
    if shelf.languages:
        known = ", ".join(sorted(shelf.languages))
        return {"template.language.code": f"is {language!r}; the template {name!r:.60} exists in {known}."}
    return {
        "template.name": f"is {name!r:.60}, which is no template of this number's account;"
        " GET /api/v1/templates lists them, POST /api/v1/templates/sync fetches new ones."
    }
