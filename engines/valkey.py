"""Valkey 9 as a child process, with the durability Parley asks of it everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import redis

from engines import binaries
from engines.child import Command
from engines.engine import Engine
from engines.ports import LOOPBACK

# The same in docker-compose.yml: a webhook is acknowledged once it is on disk, and nothing is evicted.
DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
}


class Valkey(Engine):
    """A Valkey server, its append-only file in ``directory``.

    ``options`` are settings by name, for example ``{"maxmemory": "64mb"}``.
    """

    name = "valkey"

    def __init__(
        self, directory: Path, port: int | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory, port)
        self._options = dict(options or {})

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def erase(self) -> None:
        """Stop, and delete the directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _prepare(self) -> Command:
        settings = {
            "port": str(self.port),
            "bind": LOOPBACK,
            "dir": str(self.directory),
            # A crash may cut the last write short: what was acknowledged lies before it.
            "aof-load-truncated": "yes",
            **DURABLE,
            **self._options,
        }
        arguments = [str(binaries.valkey_server())]
        for name, value in settings.items():
            arguments += [f"--{name}", value]
        return Command(arguments, {"LC_ALL": "C"}, self.directory)

    def _ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False  # not there yet, or still loading its file
