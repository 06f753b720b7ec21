"""A process beside the benchmark that is spoken to in lines: it reads stdin, answers on stdout, ends with stdin."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence

from engines.formation import ROOT

_END_S = 10.0


class Companion:
    """What it writes to stderr is seen on ours."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._name = " ".join(command[-2:])
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._heard = b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: bytes) -> None:
        """Hand it one line. Raises BrokenPipeError where it has ended."""
        rest = memoryview(line + b"\n")
        while rest:
            rest = rest[self._in.write(rest) :]

    def hear(self, timeout_s: float) -> bytes:
        """Its next line. Raises TimeoutError, and RuntimeError where it has ended."""
        end = time.monotonic() + timeout_s
        while b"\n" not in self._heard:
            if not select.select([self._out], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"{self._name} said nothing for {timeout_s:.0f} s")
            data = os.read(self._out.fileno(), 65536)
            if not data:
                raise RuntimeError(f"{self._name} ended with exit code {self._process.wait(_END_S)}")
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\n")
        return line

    def no_more(self) -> None:
        """Nothing else will be told: it says its last lines, and ends."""
        self._in.close()

    def end(self) -> None:
        """Wait for it, and kill it where it stays."""
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()


@contextlib.contextmanager
def companion(command: Sequence[str], env: Mapping[str, str]) -> Iterator[Companion]:
    """One that is ended afterwards, whatever happens."""
    beside = Companion(command, env)
    try:
        yield beside
    finally:
        beside.end()
