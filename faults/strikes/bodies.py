"""Deliveries of every size and form, signed garbage, and wrong signatures: never a 500, never a stuck batch."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import uuid

from engines.ports import LOOPBACK
from faults.expect import expect
from faults.scene import Scene
from faults.strikes.bad_signatures import BAD_SIGNATURES, altered
from faults.strikes.garbage import GARBAGE

_PATH = "/api/v1/whatsapp/webhook"
_LARGE, _OVER_THE_CAP = 3 * 2**20, 4 * 2**20 + 1


def sizes(scene: Scene) -> None:
    """Through the front door and straight at the web process: large, too large, in chunks, without a length, packed."""
    for port in (scene.formation.ports.site, scene.formation.ports.web):
        large, plain = _said(scene, _LARGE), _said(scene, 10)
        _expect(post(scene, port, large), 200, "3 MB")
        _expect(post(scene, port, _said(scene, _OVER_THE_CAP)), 413, "over the cap")
        _expect(post(scene, port, plain, chunked=True), (200, 411), "in chunks")
        # Without a length there is no body (RFC 9112, 6.3), and the signature is of one.
        _expect(post(scene, port, plain, length=False), (401, 411), "without a length")
        _expect(post(scene, port, gzip.compress(plain), encoding="gzip"), 415, "gzip")


def garbage(scene: Scene) -> None:
    """Between good deliveries: taken, set aside, and nothing behind it waits."""
    for name, (_, make) in GARBAGE.items():
        (phone,) = scene.home.phones(1)
        body = make(scene.house.meta, phone, uuid.uuid4().hex)
        scene.explained.add(body)
        _expect(scene.house.deliver(body).status_code, 200, name)
    scene.subscriber.await_messages(message.key for message in scene.customers.ledger.read())
    # Somebody has looked at it, as the alarm asks.
    scene.house.ask("UPDATE other_update SET noted_at = now() WHERE noted_at IS NULL")


def signatures(scene: Scene) -> None:
    """Refused before the body is read, and without a hint of the right one."""
    meta = scene.house.meta
    body = _said(scene, 10)
    right = meta.signature(body)
    before = _kept(scene)
    for name, (_, made_of) in BAD_SIGNATURES.items():
        _expect(post(scene, scene.formation.ports.site, body, signatures=made_of(right)), 401, name)
    for name, changed in altered(body).items():
        _expect(scene.house.deliver(changed, right).status_code, 401, name)
    _expect(scene.house.deliver(b"\xff{", "sha256=" + "0" * 64).status_code, 401, "no JSON at all")
    expect(_kept(scene) == before, "something of a refused delivery was kept")


def post(
    scene: Scene,
    port: int,
    body: bytes,
    *,
    signatures: list[str | bytes] | None = None,
    chunked: bool = False,
    length: bool = True,
    encoding: str = "",
) -> int:
    """A delivery, header by header; returns the status."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    connection.putrequest("POST", _PATH, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", "localhost")
    if chunked:
        connection.putheader("Transfer-Encoding", "chunked")
    elif length:
        connection.putheader("Content-Length", str(len(body)))
    if encoding:
        connection.putheader("Content-Encoding", encoding)
    for value in [scene.house.meta.signature(body)] if signatures is None else signatures:
        connection.putheader("X-Hub-Signature-256", value)
    try:
        # Who is refused in the middle of a body reads the refusal nonetheless, as urllib3 does.
        with contextlib.suppress(ConnectionError):
            connection.endheaders(body if length or chunked else None, encode_chunked=chunked)
        return connection.getresponse().status
    finally:
        connection.close()


def _said(scene: Scene, size: int) -> bytes:
    (phone,) = scene.home.phones(1)
    return scene.house.meta.said(scene.house.meta.text(phone, "x" * size))


def _kept(scene: Scene) -> int:
    """Dead letters and updates set aside."""
    query = "SELECT (SELECT count(*) FROM dead_letter) + (SELECT count(*) FROM other_update)"
    return int(scene.house.ask(query)[0][0])


def _expect(status: int, wanted: int | tuple[int, ...], what: str) -> None:
    allowed = (wanted,) if isinstance(wanted, int) else wanted
    expect(status in allowed, f"{what} was answered {status}, not {' or '.join(map(str, allowed))}")
