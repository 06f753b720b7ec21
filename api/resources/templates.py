"""Message templates: listed, fetched anew from Meta, and held against what an agent asks to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import falcon

from actions import templates as asking
from api import answers, bodies
from api.bodies import Query
from api.errors import ApiError, unavailable
from models.people import preferences
from models.templates import templates
from models.templates.templates import Filter, Shelf
from settings import Settings
from whatsapp.templates.check import template_problems
from whatsapp.templates.definitions import Template
from whatsapp.templates.text import template_text

_MARKETING = "MARKETING"


class TemplatesResource:
    """GET: the templates of every account, those that became known last first."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = Query(req, ("account_id", "status", "language", "name", "limit", "before", "after"))
        chosen = Filter(
            account_id=query.text("account_id"),
            status=query.text("status"),
            language=query.text("language"),
            name=query.text("name", longest=512),
        )
        limit, cursor = answers.read_place(query)
        query.check()
        try:
            page = templates.page(chosen, limit, cursor)
        except ValueError as error:
            bodies.raise_invalid({"after" if cursor and cursor.backwards else "before": str(error)})
        answers.write_page(req, resp, page, page.items)


class TemplatesSyncResource:
    """POST: fetch the templates of every account from Meta. 202 with their ids; what changes comes as events."""

    roles = ("admin",)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        bodies.read_object(req, self._settings.request_max_bytes).check()
        accounts = sorted(asking.accounts(self._settings))
        if not accounts:
            raise ApiError(
                "no_account",
                "No account is known yet: set WHATSAPP_ACCOUNT_ID, or wait for the first webhook.",
            )
        if not asking.ask(accounts):
            raise unavailable("The queue (Redis)")
        answers.write(resp, {"accounts": accounts}, 202)


class Fit(NamedTuple):
    """A template message held against its template: None where that is not known, and what is wrong."""

    template: Template | None
    problems: dict[str, str]

    def preview(self, content: Mapping[str, Any]) -> str:
        """What the customer will read; empty where the template is not known."""
        return template_text(self.template, content) if self.template else ""

    def check(self, contact_id: str) -> None:
        """Raise ApiError: invalid, or opted_out where the person wants no marketing messages."""
        bodies.raise_invalid(self.problems)
        if self.template is None or self.template.category != _MARKETING:
            return
        since = preferences.opted_out_at(contact_id)
        if since is not None:
            raise ApiError(
                "opted_out",
                f"The customer has stopped marketing messages in WhatsApp, and {self.template.name} is one."
                " Send a utility template, or wait until they resume.",
            )


def look(phone_number_id: str, content: Mapping[str, Any]) -> Fit:
    """Hold a template message, whose shape was checked, against the template as Meta last told of it.

    An account that was never synced cannot be held against anything: Meta judges.
    """
    shelf = templates.shelf(phone_number_id, content["name"])
    found = shelf.languages.get(content["language"]["code"])
    if found is not None:
        return Fit(found, template_problems(found, content))
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
