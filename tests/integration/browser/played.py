"""A played server behind the console's own page: as many conversations and messages as a test wants, and live ones."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route
from websockets.sync.server import Server, ServerConnection, serve

BUSY = "c-00000"
"""The conversation with the long thread."""


def when(second: int) -> str:
    return f"2026-03-{1 + second // 86_400:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"


def message(number: int, conversation: str = BUSY) -> dict[str, Any]:
    """The first ones are the oldest; every third is ours."""
    ours = number % 3 == 0
    text = f"Message {number}: " + "is the blue kettle in stock? " * (1 + number % 5)
    return {
        "id": f"m-{conversation}-{number:06d}",
        "conversation_id": conversation,
        "phone_number_id": "1",
        "direction": "outbound" if ours else "inbound",
        "type": "text",
        "content": {"body": text},
        "preview": text,
        "status": "read" if ours else "received",
        "status_times": {},
        "error": None,
        "reply_to": None,
        "reactions": [],
        "edited_at": None,
        "deleted_at": None,
        "agent_id": None,
        "possible_duplicate": False,
        "pricing": None,
        "wamid": f"wamid.{number}",
        "revision": 1,
        "created_at": when(number * 60),
        "sent_at": None,
        "referral": None,
        "context": None,
        "errors": [],
        "payment": None,
        "recipients": [],
    }


def conversation(number: int, revision: int = 1, unread: int = 0) -> dict[str, Any]:
    """The first ones have the newest activity."""
    its_id = f"c-{number:05d}"
    return {
        "id": its_id,
        "phone_number_id": "1",
        "status": "open",
        "assignee_id": None,
        "labels": [],
        "contact": {"id": f"p-{number}", "name": f"Customer {number}", "phone": f"44770090{number:04d}"},
        "unread_count": unread,
        "window": {"open": True, "expires_at": None},
        "revision": revision,
        "last_message": message(2000 - number % 2000, its_id),
        "last_message_at": when(200_000 - number),
        "created_at": when(0),
    }


class Played:
    """Answers what the console asks, and tells its sockets what the test says."""

    def __init__(self, conversations: int, messages: int) -> None:
        self.conversations = [conversation(number) for number in range(conversations)]
        self.messages = [message(number) for number in range(messages)]
        self._sockets: list[ServerConnection] = []
        self._told = 0
        self.live = threading.Event()

    def route(self, page: Page, port: int) -> None:
        """Stands between this page and its server; its socket goes to the port."""
        page.route("**/api/v1/**", self._answer)
        page.add_init_script(
            f"""window.WebSocket = new Proxy(WebSocket, {{
                construct: (real) => new real("ws://127.0.0.1:{port}/") }})"""
        )

    def _answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path.removeprefix("/api/v1")
        answers: dict[str, Callable[[], Any]] = {
            "/auth/me": lambda: {"id": "a1", "name": "Ana", "email": "ana@example.com", "role": "agent"},
            "/ws/ticket": lambda: {"ticket": "t", "user_id": "a1", "last_event_id": "1-0", "expires_in": 60},
            "/conversations": lambda: {"data": self.conversations, "next": None},
            "/conversations/counts": lambda: {"unread": 0, "unread_more": False},
            "/agents": lambda: {"data": []},
            "/numbers": lambda: {"data": [], "next": None},
            f"/conversations/{BUSY}": lambda: self.conversations[0],
            f"/conversations/{BUSY}/messages": lambda: {"data": self.messages[::-1], "next": None},
            f"/conversations/{BUSY}/read": lambda: self.conversations[0],
        }
        answer = answers.get(path, lambda: {"data": [message(1, path.split("/")[2])], "next": None})()
        route.fulfill(body=json.dumps(answer), content_type="application/json")

    def serve(self, socket: ServerConnection) -> None:
        """One socket, welcomed and subscribed."""
        socket.send(json.dumps({"type": "hello", "heartbeat_s": 600, "last_event_id": "1-0"}))
        for frame in socket:
            asked = json.loads(frame)
            if asked["type"] == "subscribe_inbox":
                subscribed = {"type": "subscribed", "ref": "inbox", "last_event_id": "1-0", "recovered": True}
                socket.send(json.dumps(subscribed))
                self._sockets.append(socket)
                self.live.set()

    def hear(self) -> None:
        """A customer's next message in the long thread comes live."""
        number = len(self.messages)
        self.messages.append(message(number))
        self._told += 1
        view = conversation(0, revision=1 + self._told, unread=1) | {"last_message": None}
        event = {
            "type": "new_message",
            "id": f"{self._told + 1}-0",
            "conversation_id": BUSY,
            "message": self.messages[-1],
            "conversation": view | {"last_message_at": when(number * 60)},
        }
        for socket in self._sockets:
            socket.send(json.dumps(event))


@contextmanager
def playing(played: Played) -> Iterator[int]:
    """The port on which its sockets are served."""
    with serve(played.serve, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield _port(server)
        server.shutdown()


def _port(server: Server) -> int:
    return int(server.socket.getsockname()[1])
