"""Clients that break the rules: each is closed with the code that docs/events.md gives, and nobody else notices."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Callable

from websockets.frames import Opcode

from faults.expect import eventually, expect
from faults.people.agents import dismiss, employ
from faults.scene import Scene
from faults.strikes.raw_socket import RawSocket, frame

_MOST = 16 * 1024
_PING = b'{"type":"ping"}'
_BOMB = zlib.compress(b"\0" * 50_000_000, 9)[2:-4]
_UNKNOWN = "00000000-0000-7000-8000-000000000000"

BROKEN_FRAMES: dict[str, tuple[int, bytes]] = {
    "oversize": (1009, frame(b"x" * (_MOST + 1))),
    "oversize in fragments": (
        1009,
        frame(b"x" * 6000, fin=False) + frame(b"x" * 6000, Opcode.CONT, fin=False) * 2,
    ),
    "bad UTF-8": (1007, frame(b'{"type":"ping","ref":"\xff"}')),
    "a deflate bomb": (1002, frame(_BOMB[:_MOST], packed=True)),
    "binary": (1003, frame(_PING, Opcode.BINARY)),
    "no mask": (1002, frame(_PING, masked=False)),
    "a continuation of nothing": (1002, frame(_PING, Opcode.CONT)),
    "a flood of requests": (4429, frame(_PING) * 300),
    "a flood of pings": (4429, frame(b"", Opcode.PING) * 300),
    "a flood of empty fragments": (4429, frame(b"", fin=False) + frame(b"", Opcode.CONT, fin=False) * 300),
}
"""What a client that is logged in may say wrong: name -> (close code, the bytes)."""


def sockets(scene: Scene) -> None:
    """One abuse after the other; the subscriber and its load go on as if nothing were."""
    connections = scene.subscriber.connections
    for name, (code, sent) in BROKEN_FRAMES.items():
        _expect_code(name, code, _after_saying(scene, sent))
    for name, (code, visit) in _STRANGERS.items():
        with visit(scene) as raw:
            _expect_code(name, code, raw.close_code())
    _expect_code("an agent who is let in no more", 4410, _after_dismissal(scene))
    scene.go_on()
    expect(scene.subscriber.connections == connections, "another client was cut too")


def _after_saying(scene: Scene, sent: bytes) -> int:
    with _visit(scene, token=scene.home.agent.token) as raw:
        raw.welcomed().send(sent)
        return raw.close_code()


def _visit(scene: Scene, **how: str) -> RawSocket:
    return RawSocket(scene.formation.ports.ws, how.pop("user_id", scene.home.agent.id), **how)  # type: ignore[arg-type]


def _ticket(scene: Scene) -> str:
    return str(scene.house.request("POST", "/ws/ticket").json()["ticket"])


def _with_used_ticket(scene: Scene) -> RawSocket:
    query = f"?ticket={_ticket(scene)}"
    with _visit(scene, query=query) as first:
        first.welcomed()
    return _visit(scene, query=query)


def _with_expired_ticket(scene: Scene) -> RawSocket:
    ticket = _ticket(scene)
    store = scene.house.redis
    for key in store.scan_iter("parley:ticket:*"):
        store.pexpire(key, 1)
    # A gateway may be quicker than a millisecond.
    eventually(
        lambda: next(store.scan_iter("parley:ticket:*"), None) is None, what="the ticket's end", every_s=0.01
    )
    return _visit(scene, query=f"?ticket={ticket}")


_STRANGERS: dict[str, tuple[int, Callable[[Scene], RawSocket]]] = {
    "no word of who it is for 5 s": (4408, lambda scene: _visit(scene)),
    "an unknown token": (4401, lambda scene: _visit(scene, token="nobody's")),
    "a ticket used before": (4401, _with_used_ticket),
    "an expired ticket": (4401, _with_expired_ticket),
    "somebody else's user_id": (
        4403,
        lambda scene: _visit(scene, user_id=_UNKNOWN, token=scene.home.agent.token),
    ),
    "a page of another origin": (
        4406,
        lambda scene: _visit(scene, token=scene.home.agent.token, origin="https://evil.example"),
    ),
}


def _after_dismissal(scene: Scene) -> int:
    person = employ(scene.house, f"{uuid.uuid4().hex}@example.com", "agent")
    with scene.house.socket(person.id, person.token) as socket:
        dismiss(scene.house, person)
        return socket.close_code()


def _expect_code(name: str, code: int, seen: int) -> None:
    expect(seen == code, f"{name} was closed with {seen}, and {code} is documented")
