"""Many sockets of one agent, in a thread of their own: each follows one conversation, and comes back at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import threading
from collections import Counter
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from faults.expect import eventually

if TYPE_CHECKING:
    from faults.people.agents import Person

_AT_ONCE = 256
_OTHER_FILES = 200
# A browser waits longer, and each another time: this is the worst that can come.
_AGAIN_S = 0.1


def cannot_hold(sockets: int) -> str:
    """Why this machine lets no process have so many sockets, "" where it does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + _OTHER_FILES
    few = hard != resource.RLIM_INFINITY and hard < wanted
    return f"needs {wanted} open files, and this system allows {hard} (ulimit -Hn)" if few else ""


class Crowd:
    """``live`` is how many are subscribed now, ``received`` how many of them heard each message, by wamid."""

    def __init__(self, port: int, agent: Person, size: int, conversation_id: str) -> None:
        self.size = size
        self.live = 0
        self.received: Counter[str] = Counter()
        self.trouble: list[str] = []
        self._url = f"ws://127.0.0.1:{port}/api/v1/ws/chat/{agent.id}"
        self._headers = {"Authorization": f"Bearer {agent.token}"}
        self._subscribe = {"type": "subscribe_conversation", "conversation_id": conversation_id}
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._attending.cancel)
        self._thread.join()

    def await_live(self, seconds: float) -> None:
        """Wait until all are subscribed."""
        eventually(lambda: self.live == self.size, seconds, f"{self.size} sockets subscribed", every_s=0.05)

    def await_message(self, wamid: str, seconds: float = 30.0) -> None:
        """Wait until each of them was told of a message."""
        eventually(lambda: self.received[wamid] >= self.size, seconds, f"all {self.size} told", every_s=0.05)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._attend())

    async def _attend(self) -> None:
        door = asyncio.Semaphore(_AT_ONCE)
        self._attending = asyncio.gather(*(self._stay(door) for _ in range(self.size)))
        with contextlib.suppress(asyncio.CancelledError):
            await self._attending

    async def _stay(self, door: asyncio.Semaphore) -> None:
        seen: dict[str, None] = {}
        while True:
            try:
                async with door:
                    socket = await self._opened()
                await self._listen(socket, seen)
            except (OSError, TimeoutError, WebSocketException):
                await asyncio.sleep(_AGAIN_S)

    async def _opened(self) -> Any:
        # Gateways ping by themselves.
        return await connect(
            self._url,
            additional_headers=self._headers,
            compression=None,
            ping_interval=None,
            open_timeout=20,
            close_timeout=0.1,
            proxy=None,
        )

    async def _listen(self, socket: Any, seen: dict[str, None]) -> None:
        subscribed = False
        try:
            since = {"since": next(reversed(seen))} if seen else {}
            await socket.send(json.dumps(self._subscribe | since))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "subscribed":
                    subscribed = True
                    self.live += 1
                    self._begin(frame, seen)
                elif "id" in frame:
                    self._take(frame, seen)
        finally:
            self.live -= subscribed
            socket.transport.abort()

    def _begin(self, answer: dict[str, Any], seen: dict[str, None]) -> None:
        if not answer["recovered"]:
            self.trouble.append(f"the history was said not to reach back to {next(reversed(seen))}")
        if not seen:
            seen[answer["last_event_id"]] = None  # its place, as if it had seen it

    def _take(self, event: dict[str, Any], seen: dict[str, None]) -> None:
        if event["id"] in seen:
            self.trouble.append(f"the event {event['id']} came twice")
        seen[event["id"]] = None
        if event["type"] == "new_message":
            self.received[event["message"]["wamid"]] += 1
