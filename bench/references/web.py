"""The usual way to take a webhook: check the signature, hand the body to a Celery task, say 200."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import falcon

from bench.load.webhooks import PATH
from bench.references.persist import persist
from bench.references.queue import app as celery
from settings import Settings


class WebhookResource:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = req.bounded_stream.read()
        expected = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        given = req.get_header("X-Hub-Signature-256") or ""
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise falcon.HTTPUnauthorized
        persist.delay(body.decode())


def application() -> falcon.App[Any, Any]:
    # Read by one thread: Celery reads its settings at their first use, and of many that come first at once some
    # would find them unread, and another broker for good.
    assert celery.conf.broker_url
    app = falcon.App()
    app.add_route(PATH, WebhookResource(Settings.from_env().meta.app_secret.encode()))
    return app
