"""A call's sockets are shut when its time is over, whatever other calls there are, and never after its end."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest

from whatsapp.graph.deadline import Deadline

Pair = tuple[socket.socket, socket.socket]
SOON_S, LATER_S = 0.05, 30.0


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    for end in (near, far):
        end.settimeout(5)
    with near, far:
        yield near, far


def test_a_read_ends_when_the_time_is_over(pair: Pair) -> None:
    began = time.monotonic()
    with Deadline(SOON_S) as deadline:
        deadline.watch(pair[0])
        assert pair[0].recv(1) == b""
    assert deadline.expired
    assert SOON_S <= time.monotonic() - began < LATER_S / 2


def test_a_socket_shown_after_the_time_is_shut_at_once(pair: Pair) -> None:
    first, second = socket.socketpair()
    with first, second, Deadline(SOON_S) as deadline:
        deadline.watch(first)
        first.recv(1)
        deadline.watch(pair[0])
        assert pair[0].recv(1) == b""


def test_a_short_time_is_over_before_a_long_one_that_began_earlier(pair: Pair) -> None:
    with Deadline(LATER_S) as long, Deadline(SOON_S) as short:
        short.watch(pair[0])
        assert pair[0].recv(1) == b""
    assert (short.expired, long.expired) == (True, False)


def test_a_connection_is_left_alone_once_its_call_has_ended(pair: Pair) -> None:
    near, far = pair
    with Deadline(SOON_S) as ended:
        ended.watch(near)
    # The next call's time is over later, so that of the one before has been looked at.
    first, second = socket.socketpair()
    with first, second, Deadline(2 * SOON_S) as deadline:
        deadline.watch(first)
        first.recv(1)
    far.sendall(b"x")
    assert near.recv(1) == b"x"
    assert not ended.expired


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_times_are_kept_in_a_forked_child(pair: Pair) -> None:
    with Deadline(LATER_S):
        child = os.fork()
        if child == 0:
            with Deadline(SOON_S) as deadline:
                deadline.watch(pair[0])
                os._exit(0 if pair[0].recv(1) == b"" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
