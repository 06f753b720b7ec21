"""The example clients of the documentation as processes, and what they print."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from faults.expect import eventually

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def python(site: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / "client.py"), site]


def javascript(site: str) -> list[str]:
    """Skips, but not in CI, where there is no node that has a WebSocket."""
    flags = _websocket_flags()
    if flags is None and not os.environ.get("CI"):
        pytest.skip("no node with a WebSocket: the example in JavaScript is NOT tested")
    assert flags is not None, "node is missing or too old, and CI must not pass without the example"
    return ["node", *flags, str(EXAMPLES / "client.mjs"), site]


@functools.cache
def _websocket_flags() -> tuple[str, ...] | None:
    if shutil.which("node") is None:
        return None
    for flags in ((), ("--experimental-websocket",)):
        command = ["node", *flags, "--eval", "process.exit(typeof WebSocket === 'function' ? 0 : 1)"]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return flags
    return None


class ExampleAgent:
    """A process of an example client. ``events`` are those it printed so far."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        # A shell's background job ignores Ctrl-C, and what it starts would inherit that: these must hear it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        signal.signal(signal.SIGINT, before)
        self._readers = [threading.Thread(target=self._read), threading.Thread(target=self._listen)]
        self._shown: dict[str, Any] = {}
        self._complaints = ""
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()
        if error is not None and self._complaints:
            error.add_note(f"{self._command[-2]}: {self._complaints[-2000:]}")

    def has_seen(self, wamid: str) -> bool:
        assert self._process.poll() is None, self._complaints
        return wamid in self.wamids()

    def say(self, conversation_id: str, text: str) -> None:
        """Have it send a text."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{conversation_id} {text}\n")

    def said(self) -> list[str]:
        """The texts of ours that it was told of, in its order."""
        new = [event["message"] for event in list(self.events) if event["type"] == "new_message"]
        return [message["content"]["body"] for message in new if message["direction"] == "outbound"]

    def wamids(self) -> list[str]:
        """Of the new messages it was told of, in its order."""
        return [event["message"]["wamid"] for event in list(self.events) if event["type"] == "new_message"]

    def ids(self) -> list[str]:
        return [event["id"] for event in list(self.events)]

    def shown(self) -> dict[str, Any]:
        """Stop it, and return what it shows."""
        self._process.send_signal(signal.SIGINT)
        eventually(lambda: self._shown, what="what the example shows at Ctrl-C")
        return self._shown

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            frame = json.loads(line)
            if "type" in frame:
                self.events.append(frame)
            else:
                self._shown = frame

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._complaints += line
