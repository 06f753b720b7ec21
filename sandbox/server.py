"""Serves the sandbox: gunicorn, embedded, one worker process whose memory is the cloud."""

from __future__ import annotations

import signal
from typing import Any

import falcon
from gunicorn.app.base import BaseApplication

from sandbox.app import create_app
from sandbox.cloud import Cloud
from sandbox.options import Options

THREADS = 64
STOP_SECONDS = 1


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """A gunicorn application whose only worker builds the cloud after its fork."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cloud: Cloud | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings().items():
            self.cfg.set(name, value)

    def load(self) -> falcon.App[falcon.Request, falcon.Response]:
        self._cloud = Cloud(self._options)
        self._cloud.start()
        return create_app(self._cloud)

    def _settings(self) -> dict[str, Any]:
        """No timeout: a worker killed for being slow would lose the cloud it holds."""
        return {
            "bind": f"{self._options.host}:{self._options.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 0,
            "graceful_timeout": STOP_SECONDS,
            "keepalive": 75,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": self._announce,
            "post_worker_init": self._end_waits_on_stop,
            "worker_exit": self._end_waits,
        }

    def _announce(self, arbiter: Any) -> None:
        host, port = arbiter.LISTENERS[0].sock.getsockname()[:2]
        print(f"sandbox listening on http://{host}:{port}", flush=True)

    def _end_waits_on_stop(self, _: Any) -> None:
        """Streams and hanging answers end at once on a stop; gunicorn's own handlers run after."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            before = signal.getsignal(number)

            def stop(got: int, frame: Any, before: Any = before) -> None:
                self._end_waits()
                if callable(before):
                    before(got, frame)

            signal.signal(number, stop)

    def _end_waits(self, _: Any = None, __: Any = None) -> None:
        """Also when the worker ends because its parent was killed: no thread may keep it alive."""
        if self._cloud is not None:
            self._cloud.close()
