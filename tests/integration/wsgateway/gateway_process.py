"""``python -m wsgateway`` as a child process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from engines.ports import free_port
from faults.expect import WAIT_S, eventually

ROOT = Path(__file__).resolve().parents[3]


class GatewayProcess:
    """A gateway on a free port. ``settings`` are environment variables."""

    def __init__(self, redis_url: str, log: Path, settings: dict[str, str]) -> None:
        self.port = free_port()
        self.log = log
        self._file = log.open("wb")
        environ = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
        environ |= {"APP_ENV": "development", "REDIS_URL": redis_url, "WS_PORT": str(self.port)}
        # Development with a real secret: credentials are needed, as in production.
        environ |= {"WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef"}
        environ |= {"ALLOWED_ORIGINS": "https://inbox.example"} | settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wsgateway"], cwd=ROOT, env=environ, stdout=self._file, stderr=self._file
        )

    def http(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=WAIT_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait(self, path: str = "/readyz") -> None:
        def ready() -> bool:
            try:
                return self.http(path)[0] == 200
            except OSError:
                assert self.process.poll() is None, self.log.read_text()[-3000:]
                return False

        eventually(ready)

    def metric(self, name: str) -> float:
        for line in self.http("/metrics")[1].splitlines():
            if line.startswith(f"parley_ws_{name} "):
                return float(line.split()[1])
        return 0.0

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(WAIT_S)
        self._file.close()
        return code


StartGateway = Callable[..., GatewayProcess]
