"""A client that writes down what it fetched and what it was told, to be played into any state afterwards."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from faults.house import House

INBOX = None
Scope = str | None
Views = dict[str, dict[str, Any]]
Entry = dict[str, Any]
GONE = 404
_LONG_GONE = "1-1"


def pages(house: House, path: str) -> Iterator[dict[str, Any]]:
    """Everything a list of the API holds; of a conversation that was joined with another, that one's messages."""
    while path:
        answer = house.request("GET", path)
        if answer.status_code == GONE:
            # The other may have been fetched before they were joined.
            home = answer.json()["error"]["merged_into"]
            assert home, answer.text
            path = f"/conversations/{home}/messages?limit=200"
            continue
        yield from answer.json()["data"]
        path = answer.json()["next"]


def snapshot(house: House, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """These conversations as the list tells them, and all their messages."""
    listed = [
        conversation for conversation in pages(house, "/conversations?limit=200") if conversation["id"] in ids
    ]
    messages = [
        message for key in ids for message in pages(house, f"/conversations/{key}/messages?limit=200")
    ]
    return {"conversations": listed, "messages": messages}


class Recorder:
    """``tapes`` holds for each subscription what came of it: "begin", "snapshot" or "event" an entry.

    A subscription keeps a place of its own, as docs/clients.md asks.
    """

    def __init__(
        self, house: House, name: str, conversations: Sequence[str], scopes: Sequence[Scope]
    ) -> None:
        self._house, self._conversations = house, conversations
        self._url = f"{house.site.replace('http', 'ws', 1)}/api/v1/ws/chat/{name}"
        self._since: dict[Scope, str] = {}
        self._socket: ClientConnection | None = None
        self._line = contextlib.ExitStack()
        self._answered: dict[Scope, bool] = {}
        self.tapes: dict[Scope, list[Entry]] = {scope: [] for scope in scopes}

    def resume(self) -> None:
        """Connect where it is not, and fetch what the gateway says is lost. Returns once it is live."""
        if self._socket is not None:
            return
        self._answered = {}
        self._socket = self._line.enter_context(connect(self._url, close_timeout=1, proxy=None))
        self._reader = threading.Thread(target=self._read, args=(self._socket,))
        self._reader.start()
        for scope in self.tapes:
            self._subscribe(self._socket, scope)
        self._house.eventually(lambda: len(self._answered) == len(self.tapes), what="subscribed")
        for scope in [scope for scope, whole in self._answered.items() if not whole]:
            shown = snapshot(self._house, [scope] if scope else self._conversations)
            self.tapes[scope].append({"snapshot": shown})

    def drop(self) -> None:
        """Lose the connection without a word."""
        if self._socket is not None:
            self._socket.close_socket()
            self._reader.join()
            self._line.close()
            self._socket = None

    def forget(self) -> None:
        """Come back next time from a place that the history does not hold any more."""
        self.drop()
        self._since = dict.fromkeys(self.tapes, _LONG_GONE)

    def events(self, scope: Scope) -> list[Entry]:
        """What came since the subscription last began anew."""
        tape = list(self.tapes[scope])
        began = max(place for place, entry in enumerate(tape) if "begin" in entry)
        return [entry["event"] for entry in tape[began:] if "event" in entry]

    def _subscribe(self, socket: ClientConnection, scope: Scope) -> None:
        what = {"conversation_id": scope} if scope else {}
        since = {"since": self._since[scope]} if scope in self._since else {}
        kind = "subscribe_conversation" if scope else "subscribe_inbox"
        socket.send(json.dumps({"type": kind, **what, **since}))

    def _read(self, socket: ClientConnection) -> None:
        try:
            for text in socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass

    def _take(self, frame: dict[str, Any]) -> None:
        scope = frame.get("conversation_id") if INBOX not in self.tapes else INBOX
        if frame["type"] == "subscribed":
            self._begin(scope, frame)
        elif "id" in frame and scope in self.tapes:
            self.tapes[scope].append({"event": frame})
            self._since[scope] = frame["id"]
            # Who follows conversations by themselves does not have the messages that come with another.
            if frame["type"] == "conversation_removed" and scope == frame["merged_into"]:
                self.tapes[scope].append({"snapshot": snapshot(self._house, [scope])})

    def _begin(self, scope: Scope, answer: dict[str, Any]) -> None:
        whole = scope in self._since and answer["recovered"]
        if not whole:
            self.tapes[scope].append({"begin": True})
            self._since[scope] = answer["last_event_id"]
        self._answered[scope] = whole
