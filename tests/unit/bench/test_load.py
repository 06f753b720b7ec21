"""The webhooks are what Meta would send, and both generators send each of them once."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench.load import http, webhooks
from whatsapp.inbound import signature
from whatsapp.inbound.webhooks import parse


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        rejection = signature.check(body, self.headers["X-Hub-Signature-256"], [webhooks.APP_SECRET.encode()])
        self.server.bodies.append(body)  # type: ignore[attr-defined]
        self.send_response(200 if rejection is None else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Not on stderr."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.bodies = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_webhook_holds_one_message_of_its_own() -> None:
    made = webhooks.make(20, customers=3)
    messages = [message for webhook in made for message in parse(webhook.body).messages]
    assert [message.wamid for message in messages] == [webhook.wamid for webhook in made]
    assert len({message.wamid for message in messages}) == 20
    assert len({message.customer.phone for message in messages}) == 3


@pytest.mark.parametrize("generator", ["wrk", "bundled"])
def test_each_request_is_sent_once(generator: str, server: ThreadingHTTPServer, tmp_path: Path) -> None:
    if generator == "wrk" and shutil.which("wrk") is None:
        pytest.skip("no wrk on this machine")
    made = webhooks.make(200)
    requests = webhooks.write(tmp_path / "requests", made)
    done = http.post(server.server_address[1], requests, 200, 4, bundled=generator == "bundled")
    assert (done.acked, done.refused) == (200, 0)
    assert sorted(server.bodies) == sorted(webhook.body for webhook in made)  # type: ignore[attr-defined]


def test_a_rate_is_kept(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    requests = webhooks.write(tmp_path / "requests", webhooks.make(50))
    assert http.post(server.server_address[1], requests, 50, 4, rate=100).seconds >= 0.45
