"""An agent's client that stays subscribed to the inbox whatever happens, and resumes from the last id it saw."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from engines.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from tests.conftest import House

_USER = "01890a5d-ac96-774b-bcce-b302099a8057"
_AGAIN_S = 0.1
_TURN_S = 0.2


class Subscriber:
    """``events`` are all it was sent, live and recovered, in order; ``trouble`` is what no client may be told."""

    def __init__(self, house: House) -> None:
        self._url = f"{house.site.replace('http', 'ws', 1)}/api/v1/ws/chat/{_USER}"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._stay)
        self._since: str | None = None
        self.events: list[dict[str, Any]] = []
        self.trouble: list[str] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert wait_until(lambda: self.connections > 0, 10), "the gateway took no socket"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def messages(self) -> list[dict[str, Any]]:
        """The messages it was told of, each where it came first."""
        told = [each["message"] for each in list(self.events) if each["type"] == "new_message"]
        return list({each["id"]: each for each in reversed(told)}.values())[::-1]

    def statuses(self, message_id: str) -> list[str]:
        """What it was told became of a message, oldest first.

        An event that a killed process left behind comes late, after newer ones: the revision tells.
        """
        told = [each for each in list(self.events) if each.get("message_id") == message_id]
        return [each["status"] for each in sorted(told, key=lambda each: each["revision"])]

    def _stay(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url, open_timeout=5, close_timeout=1, proxy=None) as socket:
                    self._listen(socket)
            except (OSError, WebSocketException):
                # The gateway is away; a browser would wait a little longer.
                time.sleep(_AGAIN_S)

    def _listen(self, socket: ClientConnection) -> None:
        hello = json.loads(socket.recv(5))
        since = self._since or hello["last_event_id"]
        socket.send(json.dumps({"type": "subscribe_inbox", "since": since}))
        while not self._stopping.is_set():
            try:
                self._take(json.loads(socket.recv(_TURN_S)))
            except TimeoutError:
                continue

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "subscribed":
            self._since = self._since or frame["last_event_id"]
            self.connections += 1
        if frame["type"] in ("resync", "error") or frame.get("recovered") is False:
            self.trouble.append(json.dumps(frame))
        if "id" in frame:
            self._since = frame["id"]
            self.events.append(frame)
