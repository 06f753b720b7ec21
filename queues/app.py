"""The Celery application. It is configured at its first use, not at its import."""

from __future__ import annotations

from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

from realtime.connection import KEEPALIVE, WORKER_TIMEOUT_S
from settings import BUCKET_SECRETS, WEBHOOK_SECRETS, Settings, SettingsError

INBOX, OUTBOUND, MEDIA, SWEEPS = "inbox", "outbound", "media", "sweeps"
PERSIST, DELIVER, MARK_READ, FETCH_MEDIA = "persist_webhooks", "deliver", "mark_read", "fetch_media"
MAKE_THUMBNAIL = "make_thumbnail"
SHOW_TYPING, SWEEP, TIDY, JOIN = "show_typing", "sweep", "tidy", "join_conversations"
SYNC_TEMPLATES, SYNC_STALE_TEMPLATES = "sync_templates", "sync_stale_templates"
SWEEP_S = 2.0
TIDY_S = 3600.0
# Looks each hour for what was not synced for a day, so that a failed sync does not wait for the next day.
SYNC_S = 3600.0
# Tasks are only wake-up calls, so nothing waits for a redelivery; it must only outlast the longest run.
_VISIBILITY_S = 3600


def configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings. Why each is there: docs/decisions/0003-celery-wakes.md."""
    return {
        "broker_url": settings.redis.url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport_options": {
            "visibility_timeout": _VISIBILITY_S,
            "unacked_restore_interval": 60,
            "socket_timeout": WORKER_TIMEOUT_S,
            "socket_connect_timeout": WORKER_TIMEOUT_S,
            "socket_keepalive": True,
            "socket_keepalive_options": KEEPALIVE,
            # A consumer whose Redis vanished without a word connects anew after twice this.
            "health_check_interval": 5,
        },
        "visibility_timeout": _VISIBILITY_S,
        "result_backend_transport_options": {"visibility_timeout": _VISIBILITY_S},
        "task_ignore_result": True,
        "task_store_errors_even_if_ignored": False,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_publish_retry": False,
        "task_routes": {
            PERSIST: {"queue": INBOX},
            DELIVER: {"queue": OUTBOUND},
            MARK_READ: {"queue": OUTBOUND},
            SHOW_TYPING: {"queue": OUTBOUND},
            FETCH_MEDIA: {"queue": MEDIA},
            MAKE_THUMBNAIL: {"queue": MEDIA},
            SWEEP: {"queue": SWEEPS},
            TIDY: {"queue": SWEEPS},
            JOIN: {"queue": SWEEPS},
            # With the files: calls to Meta that may take long, and that no message waits for.
            SYNC_TEMPLATES: {"queue": MEDIA},
            SYNC_STALE_TEMPLATES: {"queue": SWEEPS},
        },
        "worker_prefetch_multiplier": 1,
        "worker_soft_shutdown_timeout": 30.0,
        "worker_enable_remote_control": True,
        # Flower asks for them while it runs; without it they would cost several publications a task.
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_schedule": {
            # A sweep that was not run by the time of the next is not worth running.
            "sweep": {"task": SWEEP, "schedule": SWEEP_S, "options": {"expires": SWEEP_S * 2}},
            "tidy": {"task": TIDY, "schedule": TIDY_S, "options": {"expires": TIDY_S}},
            "templates": {"task": SYNC_STALE_TEMPLATES, "schedule": SYNC_S, "options": {"expires": SYNC_S}},
        },
        "timezone": "UTC",
    }


def _from_env() -> dict[str, Any]:
    try:
        return configuration(Settings.from_env(without=WEBHOOK_SECRETS | BUCKET_SECRETS))
    except SettingsError as error:
        # Celery would print a traceback around the sentence that matters.
        raise SystemExit(str(error)) from None


# By alias, so that the broker's URL is a plain one for Flower and for people.
TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "queues.transport:Transport"))
app = Celery("parley", amqp="queues.transport:Amqp", include=["tasks.jobs", "tasks.beat"])
app.add_defaults(_from_env)
