"""The document of this API, and the page that shows it and lets one try it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import falcon
import msgspec

from api import openapi
from api.operations import operation
from api.resource import Resource
from api.resources.console import Edition
from api.route import Route

# The viewer sets styles of its own as it draws; scripts are ours alone here as everywhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocumentResource(Resource):
    """``/api/v1/openapi.json`` and ``/docs``. Who this house belongs to, and whom it talks with, stands in neither."""

    public = True
    needs_database = False

    def __init__(self, table: Sequence[Route], edition: Edition) -> None:
        self._table = table
        self._edition = edition

    @functools.cached_property
    def _document(self) -> bytes:
        return msgspec.json.encode(openapi.document(self._table))

    @operation("get_openapi", gives={"application/json": {"schema": {"type": "object"}}})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """This document: OpenAPI 3.1, made of what validates requests and shapes answers."""
        resp.content_type = falcon.MEDIA_JSON
        resp.set_header("Cache-Control", "no-cache")
        resp.data = self._document

    @operation("get_docs", gives={"text/html": {"schema": {"type": "string"}}})
    def on_get_page(self, req: falcon.Request, resp: falcon.Response) -> None:
        """This document for people, who may try each request there."""
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Cache-Control", "no-cache")
        resp.set_header("Content-Security-Policy", _POLICY)
        resp.data = self._edition.page("docs.html")
