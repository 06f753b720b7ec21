"""Clients that stall, clients that only sit there, and all of them coming back at once: nobody else is served worse.

What is promised about time is held in the long form only, which has the machine for itself.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from faults.expect import eventually, expect
from faults.people.socket_client import Socket
from faults.scene import Scene
from faults.strikes.crowd import Crowd, cannot_hold
from faults.strikes.raw_socket import RawSocket

STALLED, IDLE, STORM = (5, 50), (200, 10_000), (100, 2000)
"""How many, in the short form and in the long one."""
_GONE_S = 10.0
_BACK_S = 30.0
_MOST_KB_IDLE = 25.0
_MOST_STALLED_BYTES = (
    2 * 1024 * 1024
)  # SOCKET_BUFFER_BYTES, and as much again for what the kernel and the heap add
_PROBES = {False: 20, True: 200}
# A stall of the gateway's loop is far longer than this; a neighbour on the machine is not.
_SLACK_S = 0.1
_LONG_TEXT = "x" * 4000


def stalled(scene: Scene) -> None:
    """They subscribe to everything and read nothing, while much is said."""
    port, phone = scene.formation.ports.ws, scene.stranger()
    with _bystander(scene) as bystander, contextlib.ExitStack() as stack:
        before, resident = _timed(scene, bystander, phone), _resident_bytes(scene)
        for _ in range(int(scene.extent)):
            raw = RawSocket(port, scene.home.agent.id, scene.home.agent.token, receive_buffer=4096)
            stack.enter_context(raw).subscribed()
        began, dropped = time.monotonic(), _dropped(scene)
        during: list[float] = []
        while _dropped(scene) - dropped < scene.extent:
            expect(time.monotonic() - began < _limit(scene, _GONE_S), "stalled clients are still there")
            during += _timed(scene, bystander, phone, 5, words=_LONG_TEXT)
        gone_s, grown = time.monotonic() - began, _resident_bytes(scene) - resident
    _say(
        f"{scene.extent:g} stalled: gone in {gone_s:.1f} s, +{grown / 2**20:.1f} MiB; {_p99(before, during)}"
    )
    most = scene.extent * _MOST_STALLED_BYTES
    expect(grown < most, f"the gateway grew by {grown / 2**20:.0f} MiB for {scene.extent:g} stalled clients")
    _expect_unmoved(scene, before, during)


def idle(scene: Scene) -> None:
    """They are subscribed and nothing is said to them for long; then something is, to all."""
    size, phone = int(scene.extent), scene.stranger()
    with _bystander(scene) as bystander:
        before, resident = _timed(scene, bystander, phone), _resident_bytes(scene)
    with _crowd(scene, phone, size) as crowd:
        crowd.await_live(_BACK_S * 4)
        grown_kb = (_resident_bytes(scene) - resident) / size / 1024
        with _bystander(scene) as bystander:
            during = _timed(scene, bystander, scene.stranger())
        crowd.await_message(_said(scene, phone))
        _expect_whole(crowd)
    _say(f"{size} idle: {grown_kb:.1f} KB each; {_p99(before, during)}")
    if scene.long:
        expect(grown_kb < _MOST_KB_IDLE, f"an idle socket takes {grown_kb:.1f} KB of the gateway")
    _expect_unmoved(scene, before, during)


def storm(scene: Scene) -> None:
    """The gateway is killed under them; all come back at once, and each learns what it missed, once."""
    size, phone = int(scene.extent), scene.stranger()
    with _crowd(scene, phone, size) as crowd:
        crowd.await_live(_BACK_S * 4)
        connections = scene.subscriber.connections
        scene.formation.kill("ws")
        eventually(lambda: crowd.live == 0, what="all sockets cut", every_s=0.05)
        missed = [_said(scene, phone) for _ in range(3)]
        scene.formation.restart("ws")
        began = time.monotonic()
        crowd.await_live(_limit(scene, _BACK_S))
        _say(f"{size} came back in {time.monotonic() - began:.1f} s")
        for wamid in (*missed, _said(scene, phone)):
            crowd.await_message(wamid)
        eventually(lambda: scene.subscriber.connections > connections, what="the subscriber back among them")
        _expect_whole(crowd)


def cannot_hold_idle() -> str:
    """Why this machine cannot play the row of the idle ones, "" where it can."""
    return cannot_hold(IDLE[1])


class _P99(NamedTuple):
    before: float
    during: float

    def __str__(self) -> str:
        return f"a bystander's p99 {self.before * 1000:.0f} ms before, {self.during * 1000:.0f} ms during"


def _p99(before: list[float], during: list[float]) -> _P99:
    return _P99(*(sorted(times)[int(len(times) * 0.99)] for times in (before, during)))


def _expect_unmoved(scene: Scene, before: list[float], during: list[float]) -> None:
    p99 = _p99(before, during)
    if scene.long:
        expect(p99.during < 2 * p99.before + _SLACK_S, str(p99))


def _timed(scene: Scene, bystander: Socket, phone: str, count: int = 0, words: str = "Word") -> list[float]:
    """Seconds from a customer's word at the front door to the bystander, one word after the other."""
    times = []
    for _ in range(count or _PROBES[scene.long]):
        began = time.monotonic()
        bystander.message(_said(scene, phone, words))
        times.append(time.monotonic() - began)
    return times


def _said(scene: Scene, phone: str, words: str = "Word") -> str:
    """A customer's word, taken; its wamid."""
    update = scene.house.meta.text(phone, words)

    def taken() -> bool:
        return scene.house.deliver(scene.house.meta.said(update)).status_code == 200

    eventually(taken, what="a word taken", every_s=0.1)
    return str(update["id"])


@contextlib.contextmanager
def _bystander(scene: Scene) -> Iterator[Socket]:
    """An agent who looks on, and whose socket must live through it all."""
    with scene.house.socket(scene.home.agent.id, scene.home.agent.token) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        yield socket
        socket.drain()


def _crowd(scene: Scene, phone: str, size: int) -> Crowd:
    query = "SELECT v.id FROM conversation v JOIN contact c ON c.id = v.contact_id WHERE c.phone = %s"
    ((conversation_id,),) = scene.house.ask(query, phone)
    return Crowd(scene.formation.ports.ws, scene.home.agent, size, conversation_id)


def _expect_whole(crowd: Crowd) -> None:
    expect(not crowd.trouble, "; ".join(crowd.trouble[:5]))
    expect(crowd.live == crowd.size, f"{crowd.size - crowd.live} sockets were cut")
    more = {wamid: count for wamid, count in crowd.received.items() if count != crowd.size}
    expect(not more, f"told to more or fewer than all {crowd.size}: {more}")


def _limit(scene: Scene, seconds: float) -> float:
    return seconds if scene.long else 4 * seconds


def _dropped(scene: Scene) -> int:
    """Sockets that the gateway has cut because they did not read."""
    return int(scene.house.request("GET", "/ws/stats").json()["total"]["dropped_slow"])


def _resident_bytes(scene: Scene) -> int:
    """Memory that the gateway holds now."""
    with open(f"/proc/{scene.formation.process('ws').pid}/status") as status:
        (line,) = (line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
