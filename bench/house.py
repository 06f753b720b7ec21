"""The house under test with its references beside it: real servers, real processes, in a directory of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil
import redis

from bench.load.subscriber import is_ready
from bench.load.webhooks import APP_SECRET
from bench.measures.pairs import say
from engines import erasing
from engines.formation import Formation
from engines.ports import free_port
from engines.procfile import Procfile
from engines.waiting import wait_until

_REFERENCES = Path(__file__).parent / "references" / "Procfile"
_LOG_LINES = 15
_KEPT = ("PATH", "HOME", "LANG", "DATABASE_URL", "REDIS_URL")


class House:
    """A running formation, and a web process of each reference on a port of its own."""

    def __init__(self, formation: Formation, directory: Path) -> None:
        self.formation = formation
        self.directory = directory
        self.redis = redis.Redis.from_url(formation.urls.redis)

    @property
    def port(self) -> int:
        """Our web process, without the front door: the references have none either."""
        return self.formation.ports.web

    def pid(self, name: str) -> int:
        return self.formation.process(name).pid

    def add_web(self, name: str, env: Mapping[str, str] | None = None, port: int | None = None) -> int:
        """Start a reference's server with the web's own settings and ``env`` on top; returns its port."""
        port = port or free_port()
        self.formation.add(name, env={"WEB_PORT": str(port), **(env or {})})
        if not wait_until(lambda: _listens(self.pid(name), port), 30):
            raise RuntimeError(f"{name} does not listen:\n{self.formation.process(name).log_tail()}")
        return port

    def add_gateway(self) -> int:
        """Start the gateway, and return its port once it knows where the history stands."""
        self.formation.add("ws")
        port = self.formation.ports.ws
        if not wait_until(lambda: is_ready(port), 30):
            raise RuntimeError(f"the gateway is not ready:\n{self.formation.process('ws').log_tail()}")
        return port

    def stop(self, name: str) -> None:
        self.formation.process(name).stop()

    def tell_logs(self) -> None:
        """The end of each process's log, on stderr: the logs go with the directory."""
        for log in sorted(self.formation.logs.glob("*.log")):
            end = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
            say(f"== {log.stem}\n{end}")

    def setting(self, name: str) -> str:
        """A variable as the processes got it."""
        return self.formation.env[name]


@contextlib.contextmanager
def house(processes: Sequence[str]) -> Iterator[House]:
    """A house with these Procfile lines running; everything is ended and deleted afterwards."""
    procfile = Procfile()
    procfile.lines |= Procfile(_REFERENCES).lines
    directory = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        with Formation(directory / "data", _environment(), procfile=procfile, processes=processes) as running:
            if not _listens(running.process("web").pid, running.ports.web):
                raise RuntimeError(f"another program took port {running.ports.web}; run it again")
            home = House(running, directory)
            try:
                yield home
            except Exception:
                home.tell_logs()
                raise
        erasing.erase(directory / "data")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _listens(pid: int, port: int) -> bool:
    """Whether it is this process that listens there, and not another program that was quicker to take the port."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for connection in psutil.Process(pid).net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return True
    return False


def _environment() -> dict[str, str]:
    """Production's settings as far as they matter here: signatures checked, logs as JSON."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "WHATSAPP_APP_SECRET": APP_SECRET,
        "WHATSAPP_VERIFY_TOKEN": "benchmark-verify-token",
        # Set, so that no sandbox is started: nothing is sent.
        "WHATSAPP_ACCESS_TOKEN": "benchmark-token",
        "LOG_FORMAT": "json",
    }
