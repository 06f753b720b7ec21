"""Caddy 2 as a child process: the front door, from the repository's Caddyfile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engines import binaries, ports
from engines.child import Command
from engines.engine import Engine
from engines.errors import EngineError
from engines.ports import LOOPBACK

CADDYFILE = Path(__file__).resolve().parents[1] / "Caddyfile"


class Caddy(Engine):
    """A Caddy that listens on the loopback address and sends requests to the web process and the gateway.

    ``web_port`` and ``ws_port`` are theirs, on the loopback address; neither has to run yet.
    ``options`` are further variables of the Caddyfile.
    """

    name = "caddy"
    # A little over the grace period in the Caddyfile.
    stop_timeout_s = 8.0

    def __init__(
        self,
        directory: Path,
        port: int | None = None,
        *,
        web_port: int,
        ws_port: int,
        caddyfile: Path = CADDYFILE,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(directory, port)
        self._caddyfile = caddyfile
        self._variables = {
            # Any host name: a tunnel to this machine brings its own.
            "SITE_ADDRESS": f"http://:{self.port}",
            "BIND_ADDRESS": LOOPBACK,
            # Nobody's name, on a port that is listened on anyway.
            "PLAIN_ADDRESS": f"http://plain.invalid:{self.port}",
            "WEB_UPSTREAM": f"{LOOPBACK}:{web_port}",
            "WS_UPSTREAM": f"{LOOPBACK}:{ws_port}",
            **(options or {}),
        }

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def _prepare(self) -> Command:
        if not self._caddyfile.exists():
            raise EngineError(f"There is no Caddyfile at {self._caddyfile}.")
        arguments = [
            str(binaries.caddy()),
            *("run", "--adapter", "caddyfile", "--config", str(self._caddyfile)),
        ]
        home = str(self.directory)
        places = {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home, "PATH": os.defpath}
        return Command(arguments, places | self._variables, self.directory)

    def _ready(self) -> bool:
        return ports.answers(self.port)
