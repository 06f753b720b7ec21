"""A tiny webhook receiver: a real HTTP server that keeps what it got and answers as told."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Hook:
    """One POST as it came in."""

    body: bytes
    signature: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def values(self, key: str) -> list[dict[str, Any]]:
        """Everything under ``value[key]`` in all entries and changes."""
        return [
            item
            for entry in self.json["entry"]
            for change in entry["changes"]
            for item in change["value"].get(key, [])
        ]


@dataclass
class Receiver:
    """Runs while used as a context; ``answers`` are given out once each, then ``answer`` for ever."""

    answer: tuple[int, bytes] = (200, b"")
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    hooks: list[Hook] = field(default_factory=list)

    def __enter__(self) -> Receiver:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.hooks.append(Hook(body, self.headers.get("X-Hub-Signature-256", "")))
                status, said = receiver.answers.pop(0) if receiver.answers else receiver.answer
                self.reply(status, said)

            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                good = query["hub.verify_token"] == ["test-verify-token"]
                self.reply(200 if good else 403, query["hub.challenge"][0].encode() if good else b"")

            def reply(self, status: int, said: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhook"

    def messages(self) -> list[dict[str, Any]]:
        """Every customer message received so far."""
        return [message for hook in self.hooks for message in hook.values("messages")]

    def statuses(self, wamid: str = "") -> list[dict[str, Any]]:
        """Every status received so far, of one message or all."""
        statuses = [status for hook in self.hooks for status in hook.values("statuses")]
        return [status for status in statuses if wamid in ("", status["id"])]
