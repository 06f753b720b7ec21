"""The whole house as children of this process: servers, migration, sandbox, the Procfile's lines, front door."""

from __future__ import annotations

import contextlib
import http.client
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from engines import surroundings
from engines.caddy import Caddy
from engines.child import Child, Command
from engines.engine import Engine
from engines.errors import EngineError, PortBusy
from engines.lock import DirectoryLock
from engines.ports import LOOPBACK, free_port, is_free
from engines.postgres import Postgres
from engines.procfile import RELEASE, Procfile
from engines.surroundings import Ports, Urls
from engines.valkey import Valkey
from engines.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
PROCESSES = ("web", "worker", "sender", "beat", "ws")
JOURNAL = "sandbox-journal.jsonl"
# For shells that want to talk to the running house: bin/parley reads it.
ENVIRONMENT = "environment"

READY_TIMEOUT_S = 60.0
ONCE_TIMEOUT_S = 120.0
# Long enough for sockets to drain and for sends under way to finish.
STOP_TIMEOUT_S = 15.0

Step = Callable[[str, float], None]
Line = Callable[[str, str], None]


class Formation:
    """Starts and stops everything that ``bin/dev`` runs, with its data and logs in ``data_dir``.

    ``environment`` is complete (hand in ``os.environ`` or a part of it): where it has DATABASE_URL or
    REDIS_URL that server is used, where it has WHATSAPP_ACCESS_TOKEN there is no sandbox. Ports that are
    None are free ones. ``processes`` are names of Procfile lines, ``once`` commands run after the
    release line. ``on_step(text, seconds)`` hears of each thing started, ``on_line(name, line)`` of each
    line of output, from threads; without it output is in ``data_dir/logs/<name>.log`` alone.

    Start it from a thread that stays (see Child). Not for use from several threads at once.
    """

    def __init__(
        self,
        data_dir: Path,
        environment: Mapping[str, str],
        *,
        procfile: Procfile | None = None,
        root: Path = ROOT,
        processes: Sequence[str] = PROCESSES,
        once: Sequence[Sequence[str]] = (),
        port: int | None = None,
        phone_port: int | None = None,
        on_line: Line | None = None,
        on_step: Step | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.logs = self.data_dir / "logs"
        self.ports = Ports(
            port or free_port(),
            phone_port or free_port(),
            web=free_port(),
            ws=free_port(),
            flower=free_port(),
        )
        self.env = surroundings.base(environment, self.ports)
        self.env.setdefault("MEDIA_DIR", str(self.data_dir / "media"))
        self.has_sandbox = surroundings.wants_sandbox(environment)
        self.postgres = None if self.env.get("DATABASE_URL") else Postgres(self.data_dir / "postgres")
        self.valkey = None if self.env.get("REDIS_URL") else Valkey(self.data_dir / "valkey")
        self.caddy = Caddy(
            self.data_dir / "caddy", self.ports.site, web_port=self.ports.web, ws_port=self.ports.ws
        )
        self._procfile = procfile or Procfile()
        self._root = root
        self._names = tuple(processes)
        self._once = tuple(once)
        self._children: dict[str, Child] = {}
        self._commands: dict[str, Command] = {}
        self._lock = DirectoryLock(self.data_dir)
        self._on_line = on_line
        self._on_step = on_step

    @property
    def urls(self) -> Urls:
        """Where everything is; complete once started."""
        phone = f"http://localhost:{self.ports.phone}" if self.has_sandbox else ""
        database, redis = self.env.get("DATABASE_URL", ""), self.env.get("REDIS_URL", "")
        return Urls(f"http://localhost:{self.ports.site}", phone, database, redis)

    def start(self) -> Self:
        """Start everything and return once ``/readyz`` says 200.

        Raises AlreadyRunning, PortBusy or another EngineError, after stopping what had been started.
        """
        self._lock.acquire(self.urls.site)
        try:
            self._check_ports()
            self._start_servers()
            if self.has_sandbox:
                self.env |= surroundings.towards_sandbox(self.ports.phone)
            self._note_environment()
            self._run_once()
            if self.has_sandbox:
                self._start_sandbox()
            for name in self._names:
                self.add(name)
            with self._step("caddy"):
                self.caddy.start()
            with self._step("ready"):
                self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything in bounded time: processes, sandbox, front door, servers."""
        processes = [child for name, child in self._children.items() if name != "sandbox"]
        _stop_together(processes)
        _stop_together([child for name, child in self._children.items() if name == "sandbox"])
        for engine in self._engines():
            engine.stop()
        if self._lock.is_held:
            (self.data_dir / ENVIRONMENT).unlink(missing_ok=True)
        self._lock.release()

    def add(self, name: str, *, line: str | None = None, env: Mapping[str, str] | None = None) -> Child:
        """Start one more process: Procfile line ``line`` (the one called ``name``), ``env`` on top of the rest."""
        arguments = self._procfile.arguments(line or name)
        with self._step(name):
            return self._launch(name, arguments, env or {})

    def process(self, name: str) -> Child:
        """The process of that name, ``sandbox`` included. Raises EngineError where there is none."""
        if name not in self._children:
            raise EngineError(f"no process {name!r}; there are {', '.join(self._children)}")
        return self._children[name]

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Signal a process and its descendants; SIGKILL also waits until they are gone."""
        child = self.process(name)
        if number == signal.SIGKILL:
            child.kill()
        else:
            child.signal(number)

    def restart(self, name: str) -> Child:
        """Stop a process if it runs and start it again with the same command."""
        child = self.process(name)
        child.stop(STOP_TIMEOUT_S)
        child.start(self._commands[name])
        return child

    def lost(self) -> dict[str, int]:
        """What ended though nobody asked: exit codes by name, negative for a signal."""
        parts: list[Child | Engine] = [*self._children.values(), *self._engines()]
        return {part.name: part.exit_code or 0 for part in parts if part.lost}

    def is_ready(self) -> bool:
        """Whether ``/readyz`` says 200 through the front door."""
        connection = http.client.HTTPConnection(LOOPBACK, self.ports.site, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Raises EngineError where a process ends meanwhile or the time is over."""
        done = wait_until(lambda: bool(self.lost()) or self.is_ready(), timeout_s, interval_s=0.1)
        for name, code in self.lost().items():
            tail = self._children[name].log_tail() if name in self._children else ""
            raise EngineError(f"{name} ended with exit code {code}:\n{tail}")
        if not done:
            raise EngineError(
                f"{self.urls.ready} did not say 200 in {timeout_s:.0f} s; logs are in {self.logs}."
            )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _engines(self) -> list[Engine]:
        return [engine for engine in (self.caddy, self.valkey, self.postgres) if engine is not None]

    def _check_ports(self) -> None:
        asked = [("--port", self.ports.site)]
        if self.has_sandbox:
            asked.append(("--phone-port", self.ports.phone))
        for option, port in asked:
            if not is_free(port):
                raise PortBusy(f"Port {port} is in use by another program; choose another with {option}.")

    def _start_servers(self) -> None:
        for variable, engine in (("DATABASE_URL", self.postgres), ("REDIS_URL", self.valkey)):
            if engine is not None:
                with self._step(engine.name):
                    self.env[variable] = engine.start()

    def _note_environment(self) -> None:
        lines = [
            f"export {name}={shlex.quote(self.env[name])}\n"
            for name in surroundings.SHARED_WITH_SHELLS
            if name in self.env
        ]
        path = self.data_dir / ENVIRONMENT
        path.touch(mode=0o600)
        path.write_text("".join(lines))

    def _run_once(self) -> None:
        """The Procfile's release line, then what else is to run before the processes."""
        if RELEASE in self._procfile.lines:
            self._run("migrate", self._procfile.arguments(RELEASE))
        for arguments in self._once:
            self._run("-".join(arguments[-2:]), arguments)

    def _run(self, name: str, arguments: Sequence[str]) -> None:
        child = Child(name, self.logs, self._on_line)
        with self._step(name):
            child.start(self._command(arguments, {}))
            try:
                code = child.wait(ONCE_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                raise EngineError(f"{name} took longer than {ONCE_TIMEOUT_S:.0f} s") from None
            finally:
                child.kill()
        if code != 0:
            raise EngineError(f"{name} ended with exit code {code}:\n{child.log_tail()}")

    def _start_sandbox(self) -> None:
        arguments = [sys.executable, "-m", "sandbox", "--port", str(self.ports.phone)]
        arguments += ["--webhook-url", self.urls.webhook, "--journal", str(self.data_dir / JOURNAL)]
        with self._step("sandbox"):
            self._launch("sandbox", arguments, {})

    def _launch(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> Child:
        if name in self._children and self._children[name].running:
            raise EngineError(f"{name} runs already")
        child = self._children[name] = Child(name, self.logs, self._on_line)
        command = self._commands[name] = self._command(arguments, env)
        child.start(command)
        return child

    def _command(self, arguments: Sequence[str], env: Mapping[str, str]) -> Command:
        return Command(arguments, self.env | dict(env), self._root)

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        if self._on_step is not None:
            self._on_step(name, time.monotonic() - began)


def _stop_together(children: Sequence[Child]) -> None:
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    for child in children:
        child.finish(max(0.0, deadline - time.monotonic()))
