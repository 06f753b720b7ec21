"""How far a request has come, whatever the pieces it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.server.arrival import HEAD_LARGEST, Arrival, State

MOST = 50
WEBHOOK = b"/hook"


def most(path: bytes) -> int:
    return 10 * MOST if path == WEBHOOK else MOST


def fed(*pieces: bytes) -> Arrival:
    arrival = Arrival(most)
    for piece in pieces:
        arrival.feed(piece)
    return arrival


def head(*fields: bytes, path: bytes = b"/") -> bytes:
    return b"\r\n".join((b"POST %s?a=b HTTP/1.1" % path, b"Host: x", *fields)) + b"\r\n\r\n"


CHUNKED = head(b"transfer-ENCODING: chunked")
WHOLE = {
    "no body": head(),
    "a body": head(b"Content-Length: 3") + b"abc",
    "a body of the most there may be": head(b"Content-Length: %d" % MOST) + b"x" * MOST,
    "another path's": head(b"Content-Length: %d" % (2 * MOST), path=WEBHOOK) + b"x" * 2 * MOST,
    "chunks": CHUNKED + b"3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    "empty lines before it": b"\r\n\r\n" + head(),
}
PART = {
    "a body over the most": head(b"Content-Length: %d" % (MOST + 1)),
    "a length that is none": head(b"Content-Length: x"),
    "a size that is none": CHUNKED + b"zz\r\n",
    "a negative size": CHUNKED + b"-1\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\nabcdef\r\n",
    "a chunk over the most": CHUNKED + b"FFFFFF\r\na",
    "chunks over the most": CHUNKED + (b"%x\r\n" % MOST + b"x" * MOST + b"\r\n") * 2000,
}


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_a_request_is_whole_with_its_last_byte_and_not_before(name: str, data: st.DataObject) -> None:
    said = WHOLE[name]
    at = sorted(data.draw(st.lists(st.integers(0, len(said) - 1), max_size=5)))
    arrival = fed(*(said[a:b] for a, b in zip([0, *at], [*at, len(said) - 1], strict=True)))
    assert arrival.state is State.COMING
    assert arrival.feed(said[-1:]) is State.WHOLE
    assert bytes(arrival.data) == said.lstrip(b"\r\n")


@pytest.mark.parametrize("name", PART)
def test_what_may_not_wait_or_is_not_well_formed_is_for_a_thread_to_refuse(name: str) -> None:
    assert fed(PART[name]).state is State.PART
    assert fed(*(PART[name][i : i + 1000] for i in range(0, len(PART[name]), 1000))).state is State.PART


def test_what_comes_behind_a_request_is_kept_with_it() -> None:
    assert fed(head() + b"GET /").state is State.WHOLE


def test_a_head_without_end_is_endless() -> None:
    assert fed(b"GET / HTTP/1.1\r\n", b"x" * HEAD_LARGEST).state is State.ENDLESS


def test_a_client_that_waits_to_be_asked_is_known() -> None:
    assert fed(head(b"Expect: 100-continue", b"Content-Length: 3")).expects_continue
    assert not fed(head(b"Content-Length: 3")).expects_continue
