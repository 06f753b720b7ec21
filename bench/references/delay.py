"""The usual way to take a webhook: check the signature, hand the body to a Celery task, say 200.

Celery is configured as its guide advises for tasks whose results nobody reads: results ignored, rate limits
off, JSON, and the producer's connection kept in Celery's own pool.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import falcon
from celery import Celery

from bench.webhooks import PATH
from settings import Settings


class WebhookResource:
    def __init__(self, secret: bytes, task: Any) -> None:
        self._secret = secret
        self._task = task

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = req.bounded_stream.read()
        expected = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        given = req.get_header("X-Hub-Signature-256") or ""
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise falcon.HTTPUnauthorized
        self._task.delay(body.decode())


def celery(settings: Settings) -> Celery:
    return Celery(
        "reference",
        broker=settings.redis_url,
        task_ignore_result=True,
        worker_disable_rate_limits=True,
        broker_connection_retry_on_startup=True,
        task_default_queue="reference",
    )


def web(settings: Settings, task: Any) -> falcon.App[Any, Any]:
    app = falcon.App()
    app.add_route(PATH, WebhookResource(settings.whatsapp_app_secret.encode(), task))
    return app


def application() -> falcon.App[Any, Any]:
    settings = Settings.from_env()
    producer = celery(settings)

    @producer.task(name="persist")
    def persist(body: str) -> None:
        """Only called, never run here."""

    return web(settings, persist)
