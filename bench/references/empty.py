"""The least a web process can do with a webhook: read it and say 200."""

from __future__ import annotations

from typing import Any

import falcon

from bench.load.webhooks import PATH


class EmptyResource:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        req.bounded_stream.read()


def application() -> falcon.App[Any, Any]:
    app = falcon.App()
    app.add_route(PATH, EmptyResource())
    return app
