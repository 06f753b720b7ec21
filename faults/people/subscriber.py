"""An agent's client that stays subscribed to the inbox whatever happens, and resumes from the last id it saw."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from engines.waiting import wait_until
from faults.expect import expect
from faults.house import House
from faults.people.agents import Person

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_AGAIN_S = 0.1
_TURN_S = 0.2


class ReceivedEvent(NamedTuple):
    """What one event, or one message fetched anew, said of a message. ``event_id`` is "" where it was fetched."""

    event_id: str
    kind: str
    message_id: str
    wamid: str
    status: str
    revision: int


class Subscriber:
    """``received`` is all it learnt, live, recovered and fetched, in order; ``trouble`` is what no client may be told.

    It does what docs/clients.md asks: resumes with ``since``, shows its token to the API before it comes back,
    and fetches anew what it shows (the conversations with ``phones``) where the history does not reach back.
    """

    def __init__(self, house: House, agent: Person, phones: Sequence[str]) -> None:
        self._house = house
        self._agent = agent
        self._phones = frozenset(phones)
        self.visit([house.site])
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._stay, daemon=True)
        self._since: str | None = None
        self._stale = False
        self.received: list[ReceivedEvent] = []
        self.wamids: set[str] = set()
        self.statuses: dict[str, ReceivedEvent] = {}
        self.trouble: list[str] = []
        self.connections = 0
        self.fetches = 0

    def __enter__(self) -> Self:
        self._thread.start()
        expect(wait_until(lambda: self.connections > 0, 20), "the gateway took no socket in 20 s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def await_return(self, seconds: float = 20.0) -> None:
        """Wait until it has come back once more."""
        before = self.connections
        came = wait_until(lambda: self.connections > before, seconds)
        expect(came, f"the subscriber did not come back in {seconds:g} s")

    def await_messages(self, wamids: Iterable[str], seconds: float = 20.0) -> None:
        """Wait until it was told of these messages."""
        wanted = set(wamids)
        complete = wait_until(lambda: wanted <= self.wamids, seconds)
        expect(
            complete, f"the subscriber was not told of {len(wanted - self.wamids)} of {len(wanted)} messages"
        )

    def visit(self, sites: Sequence[str]) -> None:
        """Come to these gateways from the next connection on, one after the other."""
        self._urls = [f"{site.replace('http', 'ws', 1)}/api/v1/ws/chat/{self._agent.id}" for site in sites]

    def status_of(self, message_id: str) -> str:
        """The newest status it knows of a message of ours, "" where it knows none."""
        newest = self.statuses.get(message_id)
        return newest.status if newest else ""

    def _stay(self) -> None:
        for number in self._turns():
            try:
                self._house.request("GET", "/auth/me")
                with self._opened(self._urls[number % len(self._urls)]) as socket:
                    self._listen(socket)
            except (OSError, WebSocketException, requests.RequestException):
                continue

    def _turns(self) -> Iterator[int]:
        number = 0
        while not self._stopping.is_set():
            yield number
            number += 1
            # A browser would wait a little longer.
            self._stopping.wait(_AGAIN_S)

    def _opened(self, url: str) -> ClientConnection:
        bearer = {"Authorization": f"Bearer {self._house.token}"}
        # A message may be as large as a delivery; the library's own limit is 1 MiB.
        return connect(
            url, additional_headers=bearer, open_timeout=5, close_timeout=1, proxy=None, max_size=None
        )

    def _listen(self, socket: ClientConnection) -> None:
        hello = json.loads(socket.recv(5))
        since = self._since or hello["last_event_id"]
        socket.send(json.dumps({"type": "subscribe_inbox", "since": since}))
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                self._take(json.loads(socket.recv(_TURN_S)))
            if self._stale:
                self._fetch()

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "subscribed":
            self._since = self._since or frame["last_event_id"]
            self.connections += 1
        if frame["type"] == "error":
            self.trouble.append(json.dumps(frame))
        if frame["type"] == "resync" or frame.get("recovered") is False:
            self._since, self._stale = frame["last_event_id"], True
        if "id" in frame:
            self._since = frame["id"]
            self._note(_event(frame))

    def _note(self, event: ReceivedEvent) -> None:
        self.received.append(event)
        if event.wamid:
            self.wamids.add(event.wamid)
        known = self.statuses.get(event.message_id)
        if event.status and (known is None or known.revision <= event.revision):
            self.statuses[event.message_id] = event

    def _fetch(self) -> None:
        """What it shows, anew. Where that fails it is tried again at the next turn."""
        with contextlib.suppress(requests.RequestException):
            conversations = [
                conversation
                for conversation in self._pages("/conversations")
                if conversation["contact"]["phone"] in self._phones
            ]
            for conversation in conversations:
                for message in self._pages(f"/conversations/{conversation['id']}/messages"):
                    self._note(_event({"type": "fetched", "id": "", "message": message}))
            self._stale = False
            self.fetches += 1

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        url = f"/api/v1{path}?limit=200"
        while url:
            answer = self._house.request("GET", url)
            answer.raise_for_status()
            page = answer.json()
            yield from page["data"]
            url = page["next"]


def _event(frame: dict[str, Any]) -> ReceivedEvent:
    """Only what the oracle asks of an event: a run has hundreds of thousands."""
    thing = frame.get("message") or frame
    return ReceivedEvent(
        frame["id"],
        frame["type"],
        thing.get("message_id") or thing.get("id") or "",
        thing.get("wamid") or "",
        thing.get("status") or "",
        int(thing.get("revision") or 0),
    )
