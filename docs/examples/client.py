"""A client of Parley's sockets that misses nothing. Copy it; docs/clients.md explains each of its decisions.

    pip install websockets
    PARLEY_TOKEN=... python client.py http://localhost:8000

Prints each event as a line of JSON, and at Ctrl-C what it has learnt to show. Each line it reads,
``<conversation id> <text>``, is sent. While the house is open (development, no real app secret) it needs no token.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import threading
import urllib.error
import urllib.request
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

# Close codes that forbid coming back (docs/events.md): something must be mended first.
FINAL = {1002, 1003, 1007, 1009, 4401, 4403, 4406, 4410}
FIRST_S, LONGEST_S = 0.5, 30.0
IDS_REMEMBERED = 2000
# What a message_status event tells of a message; everything else of it comes as a whole.
STATUS = (
    "status",
    "status_times",
    "error",
    "wamid",
    "pricing",
    "possible_duplicate",
    "payment",
    "recipients",
)
View = dict[str, Any]


class Refused(Exception):
    """The gateway or the API says that coming back would be of no use."""


class Inbox:
    """What a client shows. Takes snapshots and events in any order and any number of times."""

    def __init__(self) -> None:
        self._conversations: dict[str, View] = {}
        self._merged: dict[str, str] = {}
        self._contents: dict[str, View] = {}
        self._statuses: dict[str, View] = {}

    def snapshot(self, conversations: Iterable[View]) -> None:
        """Conversations as REST lists them, each with its last message."""
        for view in conversations:
            self._newer(self._conversations, view["id"], view)
            if view["last_message"]:
                self.message(view["last_message"])

    def message(self, view: View) -> None:
        """A whole message. Its status is kept apart: a status event must not make an earlier edit look old."""
        self._newer(self._contents, view["id"], view)
        self._newer(self._statuses, view["id"], view)

    def event(self, event: View) -> None:
        if "conversation" in event:
            self._newer(self._conversations, event["conversation"]["id"], event["conversation"])
        if "message" in event:
            self.message(event["message"])
        if event["type"] == "message_status":
            self._newer(self._statuses, event["message_id"], event)
        if event["type"] == "conversation_removed":
            self._merged[event["removed_id"]] = event["merged_into"]

    def conversations(self) -> dict[str, View]:
        """By id, as GET /api/v1/conversations/{id} would answer now."""
        last = self._last_messages()
        return {
            key: view | {"last_message": last.get(key)}
            for key, view in self._conversations.items()
            if key not in self._merged
        }

    def messages(self) -> dict[str, View]:
        """By id; a status whose message has not come yet is left out."""
        return {key: self._whole(key) for key in self._contents}

    def _whole(self, key: str) -> View:
        content, status = self._contents[key], self._statuses[key]
        status_fields = {name: status[name] for name in STATUS}
        status_fields["revision"] = max(content["revision"], status["revision"])
        return content | status_fields | {"conversation_id": self.home(content["conversation_id"])}

    def home(self, conversation_id: str) -> str:
        """The conversation in which the messages of this one are now: itself, unless it was joined with another."""
        while conversation_id in self._merged:
            conversation_id = self._merged[conversation_id]
        return conversation_id

    def _last_messages(self) -> dict[str, View]:
        """Events leave ``last_message`` out of conversations. Ids sort by time."""
        in_order = sorted(self.messages().values(), key=lambda view: view["id"])
        return {view["conversation_id"]: view for view in in_order}

    @staticmethod
    def _newer(known: dict[str, View], key: str, view: View) -> None:
        """Of two states of one thing the one with the higher revision is the newer."""
        if key not in known or view["revision"] > known[key]["revision"]:
            known[key] = view


class Outbox:
    """Sends that have not reached the server, oldest first. Each keeps one key through all attempts, so that the
    customer gets it once although an answer was lost."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, View]] = deque()
        self._filled = asyncio.Event()

    def add(self, body: View) -> str:
        """Returns its key, under which a program that must survive its own end would note it first."""
        key = str(uuid.uuid4())
        self._waiting.append((key, body))
        self._filled.set()
        return key

    async def work(self, post: Callable[[str, View], Any], pause: Callable[[int], float]) -> None:
        """Send until cancelled. ``post`` raises OSError where the same may succeed later."""
        failures = 0
        while True:
            await self._filled.wait()
            try:
                await post(*self._waiting[0])
            except OSError:
                await asyncio.sleep(pause(failures))
                failures += 1
                continue
            failures = 0
            self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()


class Client:
    """Stays subscribed to the inbox until cancelled. ``on_event`` gets each event once, in order."""

    def __init__(self, site: str, token: str = "", on_event: Callable[[View], None] = print) -> None:
        self._site, self._token, self._on_event = site.rstrip("/"), token, on_event
        self._since: str | None = None
        self._seen: dict[str, None] = {}
        self._failures = 0
        self._outbox = Outbox()
        self.inbox = Inbox()

    def send(self, conversation_id: str, text: str) -> None:
        """Send a text, now or when the server is back; ``new_message`` tells of it."""
        self._outbox.add({"conversation_id": conversation_id, "type": "text", "text": {"body": text}})

    async def run(self) -> None:
        """Raises Refused where coming back is of no use."""
        sending = asyncio.create_task(self._outbox.work(self._post, pause))
        try:
            await self._stay_connected()
        finally:
            sending.cancel()

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._stay()
            except ConnectionClosed as closed:
                if closed.rcvd and closed.rcvd.code in FINAL:
                    raise Refused(f"{closed.rcvd.code} {closed.rcvd.reason}") from None
            except (OSError, TimeoutError, InvalidHandshake):
                pass  # not reachable: a deploy, the network, a laptop that slept
            await asyncio.sleep(pause(self._failures))
            self._failures += 1

    async def _stay(self) -> None:
        me = await self._get("/api/v1/auth/me")
        url = f"{self._site.replace('http', 'ws', 1)}/api/v1/ws/chat/{me['id']}"
        # No limit of our own: an event is as large as the message it tells of.
        async with connect(url, additional_headers=self._headers(), max_size=None) as socket:
            await self._subscribe(socket)
            while True:
                await self._take(json.loads(await socket.recv()))

    async def _subscribe(self, socket: ClientConnection) -> None:
        since = {"since": self._since} if self._since else {}
        await socket.send(json.dumps({"type": "subscribe_inbox", **since}))

    async def _take(self, frame: View) -> None:
        if frame["type"] in ("subscribed", "resync"):
            self._failures = 0
            if not (self._since and frame["recovered"]):
                await self._begin_anew(frame["last_event_id"])
        elif frame["type"] == "error":
            print(frame["code"], frame["message"], file=sys.stderr)
        elif "id" in frame:
            self._event(frame)

    async def _begin_anew(self, last_event_id: str) -> None:
        """What was missed cannot be told: fetch what is shown. The place is noted once that has succeeded."""
        self._since = None
        self.inbox = Inbox()
        page = "/api/v1/conversations?limit=200"
        while page:
            answer = await self._get(page)
            self.inbox.snapshot(answer["data"])
            page = answer["next"]
        self._since = last_event_id

    def _event(self, event: View) -> None:
        if event["id"] not in self._seen:
            self._seen[event["id"]] = None
            if len(self._seen) > IDS_REMEMBERED:
                del self._seen[next(iter(self._seen))]
            self.inbox.event(event)
            self._on_event(event)
        self._since = event["id"]

    async def _post(self, key: str, body: View) -> None:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json", **self._headers()}
        url = f"{self._site}/api/v1/messages/send"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310
        try:
            await asyncio.to_thread(_read, request)
        except urllib.error.HTTPError as error:
            if error.code in (401, 403, 408, 429) or error.code >= 500:
                raise  # an OSError, as are all that urllib raises: it waits
            print(f"Not sent: {error.code} {error.read().decode()}", file=sys.stderr)

    async def _get(self, path: str) -> Any:
        request = urllib.request.Request(self._site + path, headers=self._headers())  # noqa: S310
        try:
            return json.loads(await asyncio.to_thread(_read, request))
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise Refused(f"The API answered {error.code}: log in again.") from None
            raise

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


def _read(request: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body


def pause(failures: int) -> float:
    """Seconds: longer each time, and never the same for two clients."""
    return min(LONGEST_S, FIRST_S * 2.0 ** min(failures, 16)) * random.uniform(0.5, 1)


async def _serve(client: Client) -> None:
    loop = asyncio.get_running_loop()

    def listen() -> None:
        for line in sys.stdin:
            conversation_id, _, text = line.strip().partition(" ")
            loop.call_soon_threadsafe(client.send, conversation_id, text)

    threading.Thread(target=listen, daemon=True).start()
    await client.run()


def main() -> None:
    client = Client(
        sys.argv[1], os.environ.get("PARLEY_TOKEN", ""), lambda event: print(json.dumps(event), flush=True)
    )
    try:
        asyncio.run(_serve(client))
    except KeyboardInterrupt:
        print(json.dumps({"conversations": client.inbox.conversations()}))


if __name__ == "__main__":
    main()
