"""The templates of the account over HTTP: listed, put forward, looked up, edited and removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import falcon

from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.account import Account, Edge, page_of
from sandbox.graph.errors import invalid_parameter
from sandbox.ids import new_number_id
from sandbox.templates import TemplateShelf
from sandbox.wire import Gate, graph_json

Template = dict[str, Any]
_EDITABLE = ("category", "components", "message_send_ttl_seconds", "parameter_format")


class Templates(Edge):
    """GET, POST and DELETE /{version}/{account-id}/message_templates."""

    def __init__(
        self, gate: Gate, account: Account, shelf: TemplateShelf, faults: FaultBook, play: FaultPlay
    ) -> None:
        super().__init__(gate, account, faults, play)
        self._shelf = shelf

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        fields = req.get_param("fields") or ""
        shown = [chosen(template, fields) for template in self._shelf.listing() if _fits(template, req)]
        resp.media = page_of(shown, req)
        self._spoil("templates", req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        """Put a template forward: it waits for review (PENDING), as at Meta."""
        self._enter(req, version, node)
        body = graph_json(req)
        for name in ("name", "language", "category"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise invalid_parameter(f"The parameter {name} is required.")
        made = self._shelf.put(body | {"id": new_number_id(), "status": "PENDING"})
        resp.media = {name: made[name] for name in ("id", "status", "category")}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        """Remove all languages of a name, or with ``hsm_id`` the one with that id."""
        self._enter(req, version, node)
        name, template_id = req.get_param("name") or "", req.get_param("hsm_id") or ""
        if not name:
            raise invalid_parameter("The parameter name is required.")
        if not self._shelf.remove(name, template_id):
            raise invalid_parameter("Message template not found.")
        resp.media = {"success": True}


def chosen(template: Template, fields: str) -> Template:
    """A template with its id and ``fields`` alone; all of it where none are named."""
    wanted = {name.strip() for name in fields.split(",") if name.strip()}
    return (
        {name: value for name, value in template.items() if name in wanted | {"id"}} if wanted else template
    )


def edit(shelf: TemplateShelf, template: Template, req: falcon.Request) -> dict[str, bool]:
    """POST /{template-id}: what is changed is reviewed anew."""
    body = graph_json(req)
    unknown = sorted(set(body) - set(_EDITABLE))
    if unknown or not body:
        raise invalid_parameter(f"Only {', '.join(_EDITABLE)} of a template can be changed.")
    shelf.put(template | body | {"status": "PENDING"})
    return {"success": True}


def _fits(template: Template, req: falcon.Request) -> bool:
    """Whether the filters of a listing let it through."""
    return all(fits(template, req.get_param(name) or "") for name, fits in _FILTERS.items())


def _is(name: str) -> Callable[[Template, str], bool]:
    return lambda template, wanted: not wanted or str(template.get(name)) == wanted


def _says(template: Template, wanted: str) -> bool:
    texts = " ".join(str(part.get("text", "")) for part in template["components"] if isinstance(part, dict))
    return wanted.lower() in texts.lower()


_FILTERS: dict[str, Callable[[Template, str], bool]] = {
    **{name: _is(name) for name in ("name", "status", "language", "category")},
    "content": _says,
    "name_or_content": lambda template, wanted: wanted.lower() in template["name"] or _says(template, wanted),
}
