"""The most Meta puts into one POST: a thousand updates, close to three megabytes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.socket_client import Socket
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.long]

MOST, LARGEST = 1000, 3 * 1024 * 1024
ACKED_S = 1.0
"""Meta asks that fewer than one acknowledgement in a hundred takes longer."""
WRITERS = 20


def thousand(house: House) -> list[dict[str, Any]]:
    """A thousand texts of twenty people, no two alike, each as long as the size allows."""
    words = "So much to say. " * 180
    return [house.meta.text(f"4477009{number % WRITERS:05d}", f"{number} {words}") for number in range(MOST)]


class Follower:
    """An agent's client that comes back with the last id it saw where its connection is cut."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded
        self._since = ""
        self.received: list[dict[str, Any]] = []

    def follow(self, many: int, begin: Callable[[], object]) -> list[str]:
        """The wamids of the next messages told, after ``begin``."""
        while len(self.received) < many:
            with contextlib.suppress(ConnectionClosed), self._connected() as socket:
                begin, ready = _nothing, begin
                ready()
                while len(self.received) < many:
                    self._hear(socket.receive(30))
        return [message["wamid"] for message in self.received]

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Socket]:
        with self._guarded.house.socket(self._guarded.agent.id) as socket:
            self._since = self._since or socket.seen[0]["last_event_id"]
            socket.send(type="subscribe_inbox", since=self._since)
            assert socket.expect("subscribed")["recovered"]
            yield socket

    def _hear(self, frame: dict[str, Any]) -> None:
        self._since = frame.get("id", self._since)
        if frame["type"] == "new_message":
            self.received.append(frame["message"])


def _nothing() -> None: ...


def deliver_in_time(house: House, body: bytes) -> None:
    began = time.monotonic()
    assert house.deliver(body).status_code == 200
    assert time.monotonic() - began < ACKED_S


@pytest.mark.timed
def test_a_thousand_updates_are_taken_in_time_kept_each_once_and_told_each_once(guarded: Guarded) -> None:
    house = guarded.house
    updates = thousand(house)
    body = house.meta.said(*updates)
    assert 0.9 * LARGEST < len(body) < LARGEST
    heard = Follower(guarded).follow(MOST, lambda: deliver_in_time(house, body))
    assert sorted(heard) == sorted(wamids(updates))
    assert sorted(stored(house, updates)) == sorted(
        (update["id"], update["text"]["body"]) for update in updates
    )


def test_the_events_of_one_person_come_in_the_order_of_the_delivery(guarded: Guarded, phone: str) -> None:
    updates = [guarded.house.meta.text(phone, f"{number}") for number in range(MOST)]
    body = guarded.house.meta.said(*updates)
    assert Follower(guarded).follow(MOST, lambda: guarded.house.deliver(body)) == wamids(updates)


def test_a_thousand_statuses_are_applied_each_to_its_message(guarded: Guarded) -> None:
    house = guarded.house
    echoes = [
        house.meta.message("15550001111", "text", to=f"4477008{number:05d}", text={"body": "Hi"})
        for number in range(MOST)
    ]
    value = house.meta.value(message_echoes=echoes)
    assert house.deliver(house.meta.body(value, field="smb_message_echoes")).status_code == 200
    house.eventually(lambda: len(stored(house, echoes)) == MOST, what="a thousand echoes")
    statuses = [house.meta.status(echo["id"], "read", echo["to"]) for echo in echoes]
    assert house.deliver(house.meta.body(house.meta.value(statuses=statuses))).status_code == 200
    read = "SELECT count(*) FROM message WHERE wamid = ANY(%s) AND status = 'read'"
    house.eventually(lambda: house.ask(read, wamids(echoes)) == [(MOST,)], what="a thousand read")


def wamids(updates: list[dict[str, Any]]) -> list[str]:
    return [update["id"] for update in updates]


def stored(house: House, updates: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    query = "SELECT wamid, content->>'body' FROM message WHERE wamid = ANY(%s)"
    return house.ask(query, wamids(updates))
