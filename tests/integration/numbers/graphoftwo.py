"""A Graph API with several numbers, each of which takes one token alone, and a note of every request."""

from __future__ import annotations

import io
import itertools
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from PIL import Image

FILE_ID = "9001"


class Asked(NamedTuple):
    """A request: method, path below the version, and the bearer token it came with."""

    method: str
    path: str
    token: str
    body: bytes


class Graph:
    """Both may be changed while it serves: ``tokens`` is number -> the token it takes, ``refusals`` number -> the
    HTTP status and code with which its messages are refused."""

    def __init__(self, tokens: dict[str, str]) -> None:
        self.tokens = tokens
        self.refusals: dict[str, tuple[int, int]] = {}
        self.asked: list[Asked] = []
        self.picture = _picture()
        self._wamids = itertools.count(1)
        graph = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                graph.answer(self)

            def do_POST(self) -> None:
                graph.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Graph:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = request.path.partition("?")[0].removeprefix("/v26.0/")
        token = (request.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.asked.append(Asked(request.command, path, token, body))
        status, answered, kind = self._found(path, token)
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(answered)))
        request.end_headers()
        request.wfile.write(answered)

    def _found(self, path: str, token: str) -> tuple[int, bytes, str]:
        node, _, edge = path.partition("/")
        right = self.tokens[node] == token if node in self.tokens else token in self.tokens.values()
        if not right:
            return 401, _error(190, "Invalid OAuth access token"), "application/json"
        if edge == "messages" and node in self.refusals:
            status, code = self.refusals[node]
            return status, _error(code, "Refused as ordered"), "application/json"
        if node == "":  # "/file", where a file's bytes are
            return 200, self.picture, "image/png"
        answer: dict[str, Any] = {"id": node, "display_phone_number": "+1 555-010-0001"}
        if node == FILE_ID:
            answer = {"url": f"{self.url}/file"}
        elif edge == "messages":
            answer = {"messages": [{"id": f"wamid.TWO{next(self._wamids)}"}]}
        return 200, _json(**answer), "application/json"

    def sent(self, text: str) -> list[Asked]:
        """The requests whose body holds this text and that were let in or not."""
        return [request for request in self.asked if text.encode() in request.body]


def _error(code: int, message: str) -> bytes:
    return _json(error={"code": code, "message": message})


def _json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def _picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(made, "PNG")
    return made.getvalue()
