"""The sandbox as a real process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from faults.expect import WAIT_S

ROOT = Path(__file__).resolve().parents[3]
NUMBER = "106540352242922"
ACCOUNT = "102290129340398"
SECRET = "test-app-secret"
ADA = "447700900123"


class Sandbox:
    """``python -m sandbox`` on a free port."""

    def __init__(self, webhook_url: str, *options: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sandbox", "--port", "0", "--webhook-url", webhook_url),
                *("--app-secret", SECRET, "--verify-token", "test-verify-token"),
                *("--status-delay", "0.02/0.02/0.02", *options),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("sandbox listening on http://"), line
        self.url = line.split()[-1]
        self.session = requests.Session()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> float:
        """Ask it to end; the seconds that took."""
        self.session.close()
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(WAIT_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return time.monotonic() - started

    def graph(self, method: str, path: str, **options: Any) -> requests.Response:
        """One Graph call with a bearer token."""
        headers = {"Authorization": "Bearer a-token", **options.pop("headers", {})}
        return self.session.request(
            method,
            f"{self.url}/v26.0/{path}",
            headers=headers,
            timeout=options.pop("timeout", WAIT_S),
            **options,
        )

    def send(self, timeout: float = WAIT_S, **message: Any) -> requests.Response:
        """Send a message to Ada; a text unless told otherwise."""
        body = {"messaging_product": "whatsapp", "to": ADA, "type": "text", "text": {"body": "Hello"}}
        return self.graph("POST", f"{NUMBER}/messages", json=body | message, timeout=timeout)

    def sent(self, **message: Any) -> str:
        """Send a message that must be accepted; its wamid."""
        answer = self.send(**message)
        assert answer.status_code == 200, answer.text
        wamid: str = answer.json()["messages"][0]["id"]
        return wamid

    def control(self, method: str, path: str, body: Any = None, status: int = 0) -> Any:
        """One call of the control API; its JSON."""
        answer = self.session.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=WAIT_S)
        assert answer.status_code == status if status else answer.ok, answer.text
        return answer.json()

    def fault(self, kind: str, **order: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **order})

    def accepted(self) -> int:
        total: int = self.control("GET", "messages")["total"]
        return total
