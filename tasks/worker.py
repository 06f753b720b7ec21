"""What a worker process works with, made when it starts and handed to its tasks."""

from __future__ import annotations

import threading
from typing import Any

import structlog
from celery.signals import (
    setup_logging,
    task_postrun,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

import logs
from actions.announcing import Announcer
from ground import waiting
from health.strange_codes import StrangeCodes
from models import database
from models.startup import postgres_server
from queues.app import SYNC_STALE_TEMPLATES
from queues.inbox import Inbox
from queues.outbox import Outbox
from queues.wake import wake
from realtime.bus import Bus
from realtime.connection import connect
from realtime.startup import redis_server
from settings import WEBHOOK_SECRETS, Settings
from storage.stores import open_store
from tasks.drain import Drain
from tasks.graph_lines import Lines
from tasks.media import Fetcher
from tasks.receipts import Receipts
from tasks.sending.dispatcher import Dispatcher
from tasks.sending.pacing import Pacing
from tasks.sending.sender import Sender
from tasks.sending.uploader import Uploader
from tasks.template_sync import TemplateSync
from tasks.thumbnailer import Thumbnailer

# Of the sender's 16 threads, so that slow files do not keep it from hearing of messages, nor pictures that take long
# from fetching files.
_FETCHING_MOST, _PICTURING_MOST = 8, 2

_log = structlog.get_logger(__name__)
# More than any statement of a task needs. With a frozen Postgres it fails after this, and a sweep repeats the task.
_STATEMENT_S = 10.0


class Workshop:
    """The collaborators of the tasks in this process. Opens no connection by itself."""

    def __init__(self, settings: Settings) -> None:
        client = connect(settings.redis.url)
        self.settings = settings
        self.redis = client
        self.inbox = Inbox(client, settings.inbox.max_entries)
        self.announcer = Announcer(Bus(client, settings.retention.events))
        self.lines = Lines(settings)
        self.store = open_store(settings)
        self.fetcher = Fetcher(self.lines, self.store, self.announcer, settings)
        self.thumbnailer = Thumbnailer(self.store, self.announcer)
        self.templates = TemplateSync(self.lines, self.announcer)
        codes = StrangeCodes(client)
        self.drain = Drain(self.inbox, self.announcer, codes, settings)
        pacing = Pacing(client, settings.sending.person_interval_s, settings.sending.person_burst)
        sender = Sender(self.lines, Uploader(self.lines, self.store), self.announcer, pacing, codes, settings)
        self.dispatcher = Dispatcher(sender, pacing, Outbox(client), settings)
        self.fetching = threading.BoundedSemaphore(_FETCHING_MOST)
        self.picturing = threading.BoundedSemaphore(_PICTURING_MOST)
        self.receipts = Receipts(self.lines)
        self.joining = threading.BoundedSemaphore(1)
        self.stopping = threading.Event()

    def stop(self) -> None:
        """Let what is under way finish, and begin no more."""
        self.stopping.set()
        self.drain.stop()
        self.dispatcher.stop()


class _Holder:
    workshop: Workshop | None = None


def workshop() -> Workshop:
    """This process's workshop. Raises RuntimeError outside a worker."""
    if _Holder.workshop is None:
        raise RuntimeError("Tasks run in a Celery worker only: celery --app tasks.app worker")
    return _Holder.workshop


def open_workshop(settings: Settings) -> None:
    """Make this process a worker."""
    database.bind(settings.database.url, settings.database.pool_size, _STATEMENT_S)
    _Holder.workshop = Workshop(settings)


@setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    logs.configure(Settings.from_env(without=WEBHOOK_SECRETS))


@worker_init.connect
def _start(**_: Any) -> None:
    settings = Settings.from_env(without=WEBHOOK_SECRETS)
    open_workshop(settings)
    waiting.wait_for([redis_server(settings.redis.url), postgres_server(settings.database.url)], waiting.log)
    if settings.signature_bypassed:
        _log.warning(
            "development_mode", detail="webhook signatures are NOT checked: no real app secret is set"
        )


@worker_process_init.connect
def _start_child(**_: Any) -> None:
    """A prefork child: connections of the parent must not be shared."""
    open_workshop(Settings.from_env(without=WEBHOOK_SECRETS))


@worker_ready.connect
def _catch_up(**_: Any) -> None:
    """Templates that went stale while nothing ran are fetched now, not at the next hourly look."""
    wake(SYNC_STALE_TEMPLATES)


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    workshop().stop()


@task_postrun.connect
def _release(**_: Any) -> None:
    database.release()
