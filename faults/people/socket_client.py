"""A client of the gateway that speaks in dicts."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from faults.expect import WAIT_S


class Socket:
    """A client of the gateway that speaks in dicts, and remembers every frame it saw."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.seen: list[dict[str, Any]] = []

    def send(self, **frame: Any) -> None:
        self.connection.send(json.dumps(frame))

    def receive(self, seconds: float = WAIT_S) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.connection.recv(seconds))
        self.seen.append(frame)
        return frame

    def expect(self, kind: str, seconds: float = WAIT_S, **fields: Any) -> dict[str, Any]:
        """The next frame of this type with these fields; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            frame = self.receive(max(0.01, end - time.monotonic()))
            if frame["type"] == kind and fields.items() <= frame.items():
                return frame

    def message(self, wamid: str, seconds: float = WAIT_S) -> dict[str, Any]:
        """The next ``new_message`` of the message that Meta calls ``wamid``."""
        end = time.monotonic() + seconds
        while True:
            frame = self.expect("new_message", max(0.01, end - time.monotonic()))
            if frame["message"]["wamid"] == wamid:
                return frame

    def drain(self) -> list[dict[str, Any]]:
        """Everything that was sent before the answer to a ping, which comes behind it."""
        reference = uuid.uuid4().hex
        first = len(self.seen)
        self.send(type="ping", ref=reference)
        self.expect("pong", ref=reference)
        return self.seen[first:-1]

    def close_code(self, seconds: float = WAIT_S) -> int:
        """The code with which the gateway closes; 1006 where it cut the connection."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.receive(max(0.01, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
