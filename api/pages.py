"""The console: its one page at /, its modules and styles below /console."""

from __future__ import annotations

from pathlib import Path

import falcon

DIRECTORY = Path(__file__).resolve().parent.parent / "console"


class ConsoleResource:
    """GET /: the agent inbox."""

    public = True
    needs_database = False

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Cache-Control", "no-cache")
        resp.data = (DIRECTORY / "index.html").read_bytes()
