"""Heads that cannot be read: the client is told in the one shape of every error, and the log quotes nothing of them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from faults.expect import eventually
from tests.integration.frontdoor.halves import heard, spoken

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

HOST = "Host: localhost\r\n"
HEADS = {
    "a line that is too long": ("GET /api/v1/conversations?q={} HTTP/1.1\r\n" + HOST, 414, "uri_too_long"),
    "a method that is none": ("G@T /api/v1/conversations?q={} HTTP/1.1\r\n" + HOST, 400, "bad_request"),
    "a line in four parts": ("GET /api/v1/conversations?q= {} HTTP/1.1\r\n" + HOST, 400, "bad_request"),
    "another version": ("GET /{} HTTP/9.9\r\n" + HOST, 400, "bad_request"),
    "a header without a colon": ("GET / HTTP/1.1\r\n" + HOST + "{}\r\n", 400, "bad_request"),
    "two lengths": (
        "POST /{} HTTP/1.1\r\n" + HOST + "Content-Length: 1\r\nContent-Length: 2\r\n",
        400,
        "bad_request",
    ),
}


@pytest.mark.parametrize("what", HEADS)
def test_a_head_that_cannot_be_read_is_refused_as_everything_is(guarded: Guarded, what: str) -> None:
    head, status, code = HEADS[what]
    secret = uuid.uuid4().hex
    filling = secret * (300 if status == 414 else 1)
    log = guarded.house.formation.process("web").log
    before = log.stat().st_size
    with spoken(guarded.house.formation.ports.web, f"{head.format(filling)}\r\nab".encode()) as sock:
        answer = heard(sock)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert f'"code":"{code}"'.encode() in answer
    assert secret.encode() not in answer
    eventually(lambda: "could not be read" in log.read_text()[before:])
    assert secret not in log.read_text()[before:]
