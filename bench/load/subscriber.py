"""An agent's socket at the real gateway, which notes when each message's event arrives."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from engines.ports import LOOPBACK
from ground.clock import now
from realtime.sessions import Sessions

_AGENT = "0190a000-0000-7000-8000-00000000000a"


class _Message(msgspec.Struct):
    wamid: str = ""


class _Frame(msgspec.Struct):
    type: str
    message: _Message | None = None


_decode = msgspec.json.Decoder(_Frame).decode


class Subscriber:
    """Arrival times, on the monotonic clock, by wamid."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._arrived: dict[str, float] = {}
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, wamids: list[str], timeout_s: float) -> list[float]:
        """When each arrived, once all have. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: all(wamid in self._arrived for wamid in wamids), timeout_s):
                missing = sum(wamid not in self._arrived for wamid in wamids)
                raise TimeoutError(f"{missing} of {len(wamids)} events did not come in {timeout_s:.0f} s")
            return [self._arrived[wamid] for wamid in wamids]

    def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                self._note(self._socket.recv())

    def _note(self, frame: str | bytes) -> None:
        moment = time.monotonic()
        event = _decode(frame)
        if event.message is not None:
            with self._news:
                self._arrived[event.message.wamid] = moment
                self._news.notify_all()


def is_ready(port: int) -> bool:
    """Whether a gateway listens there and knows where the history stands."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextlib.contextmanager
def subscribed(client: redis.Redis, port: int) -> Iterator[Subscriber]:
    """A logged-in agent's socket, subscribed to the inbox."""
    token = secrets.token_urlsafe(32)
    Sessions(client).remember(token, _AGENT, now() + timedelta(hours=1))
    uri = f"ws://{LOOPBACK}:{port}/api/v1/ws/chat/{_AGENT}"
    bearer = {"Authorization": f"Bearer {token}"}
    with connect(uri, additional_headers=bearer, compression=None, proxy=None) as socket:
        _expect(socket, "hello")
        socket.send('{"type":"subscribe_inbox"}')
        _expect(socket, "subscribed")
        yield Subscriber(socket)


def _expect(socket: ClientConnection, kind: str) -> Any:
    while (event := _decode(socket.recv(10))).type != kind:
        if event.type not in ("presence", "new_message"):
            raise RuntimeError(f"the gateway said {event.type}, not {kind}")
