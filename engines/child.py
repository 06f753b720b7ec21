"""One process of ours: in a session of its own, logged to a file, ended by its id, never an orphan."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engines import tree
from engines.account import Account
from engines.errors import AlreadyRunning, EngineError
from engines.record import Record

_TETHER = Path(__file__).with_name("tether.py")
_LOG_TAIL_LINES = 15


@dataclass(frozen=True)
class Command:
    """What to run: arguments, the complete environment, the directory, and (as root) as whom."""

    arguments: Sequence[str]
    env: Mapping[str, str]
    cwd: Path
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class Child:
    """A process that is started, stopped, killed and started again under one name.

    It has its own session, so that Ctrl-C in the terminal reaches us and not it. Where this process is
    killed it gets ``stop_signal`` (Linux, which ties this to the *thread* that called ``start``: start
    from one that stays), and failing that the next ``start`` on the same ``directory`` ends it.

    ``directory`` receives ``<name>.log`` (and ``<name>.log.1``, the run before) and ``<name>.process``.
    ``on_line(name, line)`` is called from a thread for each line of output, which goes to the log too.
    """

    def __init__(self, name: str, directory: Path, on_line: Callable[[str, str], None] | None = None) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self._record = directory / f"{name}.process"
        self._on_line = on_line
        self._popen: subprocess.Popen[str] | None = None
        self._stop_signal = signal.SIGTERM
        self._wanted = False
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """The id of the process last started. Raises EngineError where none was."""
        if self._popen is None:
            raise EngineError(f"{self.name} was not started")
        return self._popen.pid

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative: the signal that ended it."""
        return None if self._popen is None else self._popen.poll()

    @property
    def lost(self) -> bool:
        """Whether it ended though neither ``stop`` nor ``kill`` was called."""
        return self._wanted and not self.running

    def start(self, command: Command) -> None:
        """Run ``command``. Raises AlreadyRunning where a living process keeps one in the same directory."""
        self.end_leftover()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self._stop_signal = command.stop_signal
        with self.log.open("w") as log:
            self._popen = subprocess.Popen(
                _tethered(command),
                env=dict(command.env),
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log if self._on_line is None else subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                text=True,
                errors="replace",
            )
        self._wanted = True
        self._read_lines()
        record = Record.of(self._popen.pid)
        if record is not None:
            record.write(self._record)

    def end_leftover(self) -> None:
        """End the process an earlier owner left behind. Raises AlreadyRunning where that owner lives."""
        record = Record.read(self._record)
        if record is None or record.process() is None:
            return
        if record.owner_process() is not None:
            raise AlreadyRunning(
                f"{self.name} in {self._record.parent} is in use: process {record.pid}, "
                f"started by process {record.owner}.",
                record.owner,
            )
        tree.end(record.pid)

    def ask_to_stop(self) -> None:
        """Send the stop signal to the process itself, and do not wait."""
        self._wanted = False
        if self._popen is not None and self.running:
            # A frozen process would never read it.
            tree.send(tree.members(self.pid), signal.SIGCONT)
            self._popen.send_signal(self._stop_signal)

    def stop(self, timeout_s: float = 10.0) -> int | None:
        """Ask, wait at most ``timeout_s`` seconds, then kill whatever is left. Returns the exit code."""
        self.ask_to_stop()
        return self.finish(timeout_s)

    def finish(self, timeout_s: float) -> int | None:
        """Wait for the end that was asked for, then kill whatever is left. Returns the exit code."""
        if self._popen is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout_s)
        return self.kill()

    def kill(self) -> int | None:
        """SIGKILL the process and all it started, at once. Returns the exit code."""
        self._wanted = False
        if self._popen is None:
            return None
        tree.end(self._popen.pid)
        code = self._popen.wait()
        self._record.unlink(missing_ok=True)
        if self._reader is not None:
            self._reader.join(timeout=1)
        return code

    def signal(self, number: int) -> None:
        """Send a signal to the process and its descendants: SIGSTOP freezes them, SIGCONT thaws them."""
        if self.running:
            tree.send(tree.members(self.pid), number)

    def heeds(self, number: int) -> bool:
        """Whether it has something to do on that signal, and would not just be gone, as while it comes up (Linux).
        Raises EngineError where it does not run."""
        if not self.running:
            raise EngineError(f"{self.name} does not run:\n{self.log_tail()}")
        caught = re.findall(r"^SigCgt:\s*(\w+)", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        return bool(int(caught[0], 16) >> (number - 1) & 1)

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for it to end by itself. Returns the exit code; raises subprocess.TimeoutExpired."""
        if self._popen is None:
            raise EngineError(f"{self.name} was not started")
        return self._popen.wait(timeout_s)

    def log_tail(self) -> str:
        """The last lines of output, to show where it failed."""
        if self._reader is not None and not self.running:
            self._reader.join(timeout=1)
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def _read_lines(self) -> None:
        if self._on_line is None:
            return
        assert self._popen is not None
        assert self._popen.stdout is not None
        self._reader = threading.Thread(
            target=_relay, args=(self.name, self._popen.stdout, self.log, self._on_line), daemon=True
        )
        self._reader.start()


def _tethered(command: Command) -> list[str]:
    account = "-" if command.account is None else f"{command.account.uid}:{command.account.gid}"
    # Should we be killed, it gets the signal that ends it cleanly.
    launcher = [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), str(int(command.stop_signal))]
    return [*launcher, account, *command.arguments]


def _relay(name: str, stream: IO[str], log: Path, on_line: Callable[[str, str], None]) -> None:
    with stream, log.open("a") as copy:
        for line in stream:
            copy.write(line)
            copy.flush()
            on_line(name, line.rstrip("\n"))
