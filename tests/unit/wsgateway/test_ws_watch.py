"""What the watch does with a connection it looks at."""

from __future__ import annotations

from typing import cast

import pytest

from schema import close_codes
from schema.close_codes import CloseCode
from wsgateway.protocol import State
from wsgateway.session import Session
from wsgateway.watch import Watch


class Connection:
    """The fields of a session the watch reads, and what it did."""

    def __init__(self) -> None:
        self.connection_id = "a connection"
        self.state = State.OPEN
        self.deadline = self.expires_at = float("inf")
        self.heard_at = 0.0
        self.pinged_at: float | None = None
        self.sent = self.sent_when_heard = self.taken = self.backlog = 0
        self.backlogged = False
        self.reason: CloseCode | None = None
        self.done: list[str] = []

    def ping(self, now: float) -> None:
        self.pinged_at = now
        self.sent += 2
        self.done.append(f"ping at {now:.0f}")

    def close(self, code: CloseCode) -> None:
        self.done.append(f"close {code.name}")

    def cut(self, code: CloseCode) -> None:
        self.state = State.CLOSING
        self.done.append(f"cut {code.name}")


@pytest.fixture
def connection() -> Connection:
    return Connection()


def look(connection: Connection, *moments: float) -> list[str]:
    watch = Watch([cast(Session, connection)], heartbeat_s=20)
    for now in moments:
        if not connection.done or not connection.done[-1].startswith("cut"):
            watch.look(now)
    return connection.done


def test_an_idle_client_is_pinged_once_a_heartbeat(connection: Connection) -> None:
    assert look(connection, 1, 10, 19, 20, 21) == ["ping at 20"]


def test_a_client_that_was_sent_something_is_asked_soon_whether_it_is_there(connection: Connection) -> None:
    connection.sent = 100
    assert look(connection, 1, 2) == ["ping at 2"]


def test_a_silent_client_is_cut_and_all_in_all_within_ten_seconds(connection: Connection) -> None:
    connection.sent = 100
    assert look(connection, *range(1, 10)) == ["ping at 2", "cut silent"]


def test_a_client_that_takes_nothing_is_a_slow_consumer(connection: Connection) -> None:
    connection.sent = connection.backlog = 100
    assert look(connection, *range(1, 10)) == ["ping at 2", "cut slow_consumer"]


def test_a_client_that_reads_slowly_is_left_alone(connection: Connection) -> None:
    connection.sent = connection.backlog = 10_000
    for now in range(1, 60):
        connection.backlog -= 100
        assert look(connection, now) in ([], ["ping at 2"])


def test_an_expired_session_is_closed(connection: Connection) -> None:
    connection.expires_at = 5
    assert look(connection, 4, 5) == ["close session_ended"]


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (State.HANDSHAKE, "cut protocol_error"),
        (State.AWAITING_AUTH, "close auth_timeout"),
        (State.CHECKING_AUTH, "close unavailable"),
        (State.CLOSING, "cut going_away"),
    ],
)
def test_a_deadline_that_passed_ends_what_it_was_for(connection: Connection, state: State, done: str) -> None:
    connection.state = state
    connection.deadline = 5
    connection.reason = close_codes.GOING_AWAY if state is State.CLOSING else None
    assert look(connection, 4.9, 5) == [done]


def test_a_session_that_cannot_be_looked_at_is_cut_and_the_others_are_looked_after(
    connection: Connection,
) -> None:
    broken = Connection()
    broken.state = State.CLOSING
    del broken.deadline
    Watch([cast(Session, broken), cast(Session, connection)], heartbeat_s=20).look(30)
    assert broken.done == ["cut internal"]
    assert connection.done == ["ping at 30"]
