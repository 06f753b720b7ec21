"""What every server has in common: start, stop, kill, freeze, and start again on the same port."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from engines.child import Child, Command
from engines.errors import EngineError, PortBusy
from engines.ports import LOOPBACK, free_port, is_free
from engines.waiting import wait_until

START_TIMEOUT_S = 60.0


class Engine(ABC):
    """A server on the loopback address, its data and its log in ``directory``.

    ``port`` None means a free one, which is kept over stop and start. As a context manager it starts
    and stops. It prints nothing; errors are EngineError with the end of the server's log.
    """

    name: ClassVar[str]
    stop_timeout_s: ClassVar[float] = 10.0

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.directory = directory.absolute()
        self.port = free_port() if port is None else port
        self._child = Child(self.name, self.directory)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect."""

    @abstractmethod
    def _prepare(self) -> Command:
        """Make what the server needs on disk, and say how to run it."""

    @abstractmethod
    def _ready(self) -> bool:
        """Whether the server answers as it should."""

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative: the signal that ended it."""
        return self._child.exit_code

    @property
    def lost(self) -> bool:
        """Whether it ended though nobody asked it to."""
        return self._child.lost

    @property
    def log(self) -> Path:
        return self._child.log

    def start(self) -> str:
        """Start, wait until it answers, and return ``url``.

        Survives what a crash left behind. Raises PortBusy, AlreadyRunning or EngineError.
        """
        if self.running:
            return self.url
        self.directory.mkdir(parents=True, exist_ok=True)
        self._child.end_leftover()
        if not is_free(self.port):
            raise PortBusy(f"{self.name}: port {self.port} on {LOOPBACK} is in use by another program.")
        try:
            self._child.start(self._prepare())
            self._wait_until_ready()
        except BaseException:
            self._child.kill()
            raise
        return self.url

    def stop(self) -> None:
        """A clean end in bounded time; nothing where it does not run."""
        self._child.stop(self.stop_timeout_s)

    def ask_to_stop(self) -> None:
        """Begin a clean end without waiting for it; ``stop`` waits."""
        self._child.ask_to_stop()

    def kill(self) -> None:
        """SIGKILL, as a crash would; ``start`` brings it back with its data."""
        self._child.kill()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers, until ``thaw``."""
        self._child.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._child.signal(signal.SIGCONT)

    def restart(self) -> str:
        """Stop and start on the same port with the same data."""
        self.stop()
        return self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        answered = wait_until(lambda: not self.running or self._ready(), START_TIMEOUT_S)
        if answered and self.running:
            return
        what = "does not answer" if self.running else f"ended with exit code {self.exit_code}"
        raise EngineError(f"{self.name} {what}; the end of {self.log}:\n{self._child.log_tail()}")
