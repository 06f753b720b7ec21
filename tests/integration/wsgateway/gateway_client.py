"""A client of the gateway, and events to send it."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from faults.expect import WAIT_S
from ground.clock import now
from realtime.sessions import Sessions
from schema.events import MessageStatus

ANNA = "0190a000-0000-7000-8000-00000000000a"
BERT = "0190a000-0000-7000-8000-00000000000b"
TOKEN = "t" * 43
ONE = str(uuid.UUID(int=1))
TWO = str(uuid.UUID(int=2))


def log_in(sessions: Sessions, user_id: str = ANNA, token: str = TOKEN) -> str:
    sessions.remember(token, user_id, now() + timedelta(hours=1))
    return token


def status(conversation_id: str, number: int, padding: int = 0) -> MessageStatus:
    """An event that carries a number to know it by."""
    return MessageStatus(
        conversation_id=conversation_id,
        message_id="m" + "x" * padding,
        status="sent",
        status_times={},
        error=None,
        wamid=None,
        revision=number,
    )


class Client:
    """A socket that speaks in dicts."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def receive(self, timeout: float = WAIT_S) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.socket.recv(timeout))
        return frame

    def expect(self, kind: str) -> dict[str, Any]:
        """The next frame of a type, past presence news."""
        while (frame := self.receive())["type"] == "presence" != kind:
            pass
        assert frame["type"] == kind, frame
        return frame

    def ask(self, answer: str, **frame: Any) -> dict[str, Any]:
        self.send(**frame)
        return self.expect(answer)

    def numbers(self, count: int) -> list[int]:
        """The numbers of the next ``count`` status events."""
        return [self.expect("message_status")["revision"] for _ in range(count)]

    def nothing_more(self) -> None:
        """Nothing but presence news came before the answer to a ping."""
        self.ask("pong", type="ping")

    def close_code(self, timeout: float = WAIT_S) -> int:
        """The code with which the gateway closes; 1006 where it cut the connection."""
        end = time.monotonic() + timeout
        try:
            while True:
                self.socket.recv(max(0.01, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@contextmanager
def open_socket(
    port: int,
    token: str | None = TOKEN,
    user_id: str = ANNA,
    ticket: str | None = None,
    origin: str | None = None,
    called: str = "127.0.0.1",
) -> Iterator[Client]:
    """A socket after its handshake, before hello. ``called`` is the host the client believes it speaks to."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    query = f"?ticket={ticket}" if ticket else ""
    uri = f"ws://{called}:{port}/api/v1/ws/chat/{user_id}{query}"
    with connect(
        uri,
        sock=socket.create_connection(("127.0.0.1", port), timeout=WAIT_S),
        additional_headers=headers,
        origin=None if origin is None else Origin(origin),
        compression=None,
        max_size=None,
        close_timeout=1,
        proxy=None,
    ) as connection:
        yield Client(connection)


@contextmanager
def connected(port: int, **how: Any) -> Iterator[Client]:
    """A socket that was welcomed."""
    with open_socket(port, **how) as client:
        client.expect("hello")
        yield client
