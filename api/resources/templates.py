"""Message templates: listed, and fetched anew from Meta."""

from __future__ import annotations

import falcon

from actions.templates import Templates
from api import answers, bodies
from api.resource import Resource
from models.actors.agents import ADMIN, ROLES
from models.templates import templates
from models.templates.templates import Filter
from schema.requests import ListTemplates, Request


class TemplatesResource(Resource):
    """``/templates`` and ``/templates/sync``."""

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, verbs: Templates) -> None:
        self._verbs = verbs

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The templates of every account, those that became known last first."""
        query = answers.read_list(req, ListTemplates)
        chosen = Filter(query.account_id, query.status, query.language, query.name)
        page = answers.page(query, lambda limit, cursor: templates.page(chosen, limit, cursor))
        answers.write_page(req, resp, page, page.items)

    def on_post_sync(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Fetch the templates of every account from Meta. 202 with their ids; what changes comes as events."""
        bodies.read(req, Request)
        answers.write(resp, {"accounts": self._verbs.sync(req.context.actor)}, 202)
