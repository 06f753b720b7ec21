"""Bodies that cannot be read: the client is told in one sentence, and so is the log, whoever sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.frontdoor.halves import heard, request, spoken

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

CHUNKED = "Transfer-Encoding: chunked"
MALFORMED = {
    "a size that is no number": b"zz\r\nab\r\n0\r\n\r\n",
    "a negative size": b"-1\r\nab\r\n0\r\n\r\n",
    "a size over any": b"f" * 20 + b"\r\nab",
    "a chunk longer than its size": b"2\r\nabcdef\r\n0\r\n\r\n",
    "no size": b"\r\nab\r\n0\r\n\r\n",
}
TOO_LARGE = ("a size over any", "web")
LONGEST_LINE = 1000


@pytest.mark.parametrize("door", ["site", "web"])
@pytest.mark.parametrize("path", ["/api/v1/whatsapp/webhook", "/api/v1/auth/login"])
@pytest.mark.parametrize("what", MALFORMED)
def test_chunks_that_are_not_well_formed_are_a_bad_request(
    guarded: Guarded, door: str, path: str, what: str
) -> None:
    log = guarded.house.formation.process("web").log
    before = log.stat().st_size
    said = request("POST", path, CHUNKED, "Content-Type: application/json", body=MALFORMED[what])
    with spoken(getattr(guarded.house.formation.ports, door), said) as sock:
        answer = heard(sock)
    code, status = ("too_large", 413) if (what, door) == TOO_LARGE else ("bad_request", 400)
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert f'"code":"{code}"'.encode() in answer
    written = log.read_text()[before:]
    assert "Traceback" not in written
    assert all(len(line) < LONGEST_LINE for line in written.splitlines())


@pytest.mark.parametrize("door", ["site", "web"])
def test_an_upload_in_chunks_is_asked_for_its_length(guarded: Guarded, door: str) -> None:
    fields = (
        f"Authorization: Bearer {guarded.agent.token}",
        "Content-Type: multipart/form-data; boundary=x",
        "Connection: close",
        CHUNKED,
    )
    said = request("POST", "/api/v1/media", *fields, body=b"5\r\n--x\r\n\r\n0\r\n\r\n")
    with spoken(getattr(guarded.house.formation.ports, door), said) as sock:
        assert heard(sock).startswith(b"HTTP/1.1 411")


@pytest.mark.parametrize("length", ["abc", "-1", "1, 2", "+5"])
def test_a_length_that_is_none_is_a_bad_request_and_one_line(guarded: Guarded, length: str) -> None:
    log = guarded.house.formation.process("web").log
    before = log.stat().st_size
    said = request("POST", "/api/v1/auth/login", f"Content-Length: {length}", body=b"{}")
    with spoken(guarded.house.formation.ports.web, said) as sock:
        assert heard(sock).startswith(b"HTTP/1.1 400")
    assert "Traceback" not in log.read_text()[before:]


def test_a_body_cut_short_is_no_traceback_either(guarded: Guarded) -> None:
    log = guarded.house.formation.process("web").log
    before = log.stat().st_size
    said = request("POST", "/api/v1/auth/login", "Content-Length: 100", body=b"{}")
    with spoken(guarded.house.formation.ports.web, said) as sock:
        sock.shutdown(1)
        assert b"bad_request" in heard(sock)
    assert "Traceback" not in log.read_text()[before:]
