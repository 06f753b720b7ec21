"""gunicorn's configuration, from the same settings as everything else."""

from __future__ import annotations

import sys

from api.server.worker import Worker, connections
from settings import Settings, SettingsError

try:
    _settings = Settings.from_env()
except SettingsError as error:
    # gunicorn would print a traceback around the sentence that matters.
    sys.exit(str(error))

# Everything is loaded before the port is bound, so that a worker answers as soon as it accepts. Importing opens no
# connection and starts no thread: those are each worker's own.
import api.wsgi  # noqa: F401

bind = f"{_settings.web.host}:{_settings.web.port}"
workers = _settings.web.workers
threads = _settings.web.threads
# gthread, behind a poller that waits for what a thread must not wait for.
worker_class = Worker
worker_connections = connections()
keepalive = 75
timeout = 30
graceful_timeout = 20
# The front door bounds these too; here they hold for whoever runs without one.
limit_request_line = 8190
limit_request_fields = 64
forwarded_allow_ips = "127.0.0.1,::1"
worker_tmp_dir = "/dev/shm" if sys.platform == "linux" else None  # noqa: S108 - heartbeats must not wait for a disk
control_socket_disable = True
