"""The entry for gunicorn: ``gunicorn --config api/gunicorn_config.py 'api.wsgi:application()'``."""

from __future__ import annotations

import threading
from typing import Any

import falcon
import structlog

import logs
from api.app import create_app
from api.house import furnish
from ground import waiting
from models import database
from models.startup import postgres_server
from queues.app import app as celery
from realtime.connection import WEB_TIMEOUT_S, connect
from realtime.startup import redis_server
from settings import Settings

_log = structlog.get_logger(__name__)


def application() -> falcon.App[Any, Any]:
    """Build the app from the environment. Called in each gunicorn worker, after the fork."""
    settings = Settings.from_env()
    logs.configure(settings)
    database.bind(settings.database.url, settings.database.pool_size, settings.database.timeout_s)
    # A wake-up call must not hold a webhook's answer: a frozen Redis is given up after a second here.
    celery.conf.broker_transport_options |= {
        "socket_timeout": WEB_TIMEOUT_S,
        "socket_connect_timeout": WEB_TIMEOUT_S,
    }
    if settings.signature_bypassed:
        _log.warning(
            "development_mode", detail="webhook signatures are NOT checked: no real app secret is set"
        )
    _tell_what_is_missing(settings)
    house = furnish(settings, connect(settings.redis.url, WEB_TIMEOUT_S))
    house.tally.start()
    return create_app(house)


def _tell_what_is_missing(settings: Settings) -> None:
    """Serve from the first moment, and say meanwhile what is waited for: without Postgres webhooks are taken, and
    without Redis a 503 tells Meta to come again."""
    for server in (redis_server(settings.redis.url), postgres_server(settings.database.url)):
        threading.Thread(target=waiting.wait_for, args=([server], waiting.log), daemon=True).start()
