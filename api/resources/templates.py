"""Message templates: listed, and fetched anew from Meta."""

from __future__ import annotations

import falcon

from actions.templates import Templates
from api import answers
from api.operations import operation
from api.resource import Resource
from models.actors.agents import ADMIN, ROLES
from models.templates import templates
from models.templates.templates import Filter
from schema.requests import ListTemplates, Request
from schema.views import SyncView, TemplateList


class TemplatesResource(Resource):
    """``/templates`` and ``/templates/sync``."""

    roles = (ADMIN,)
    readers = ROLES

    def __init__(self, verbs: Templates) -> None:
        self._verbs = verbs

    @operation("list_templates", query=ListTemplates, answer=TemplateList)
    def on_get(self, req: falcon.Request, resp: falcon.Response, query: ListTemplates) -> TemplateList:
        """The templates of every account, those that became known last first."""
        chosen = Filter(query.account_id, query.status, query.language, query.name)
        page = answers.page(query, lambda limit, cursor: templates.page(chosen, limit, cursor))
        return answers.linked(TemplateList, req, page, page.items)

    @operation("sync_templates", body=Request, answer=SyncView, status=202, errors=("no_account",))
    def on_post_sync(self, req: falcon.Request, resp: falcon.Response, request: Request) -> SyncView:
        """Fetch the templates of every account from Meta. 202 with their ids; what changes comes as events."""
        return SyncView(accounts=tuple(self._verbs.sync(req.context.actor)))
