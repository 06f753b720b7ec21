"""The console: its one page at /, its modules and styles below /console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import falcon

from api.operations import operation
from api.resource import Resource

DIRECTORY = Path(__file__).resolve().parents[2] / "console"
_PATH = "/console"
_TEXTS = (".css", ".html", ".js", ".svg")


class ConsoleResource(Resource):
    """GET /: the agent inbox."""

    public = True
    needs_database = False

    @operation("get_console", gives={"text/html": {"schema": {"type": "string"}}})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The agent inbox, as a page."""
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Cache-Control", "no-cache")
        resp.data = (DIRECTORY / "index.html").read_bytes()


class ConsoleFiles:
    """Falcon middleware: what stands below /console is read and nothing else. A static route takes every method."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.path.startswith(f"{_PATH}/") and req.method not in ("GET", "HEAD", "OPTIONS"):
            raise falcon.HTTPMethodNotAllowed(["GET", "HEAD"])


def serve_files(app: falcon.App[Any, Any]) -> None:
    """Serve what stands below /console; of texts their charset is told. (OWASP ASVS 5.0, 4.1.1)"""
    types = app.resp_options.static_media_types
    types.update({ending: f"{types[ending]}; charset=utf-8" for ending in _TEXTS})
    app.add_static_route(_PATH, str(DIRECTORY))
