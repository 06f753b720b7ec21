"""Strangers who begin requests and never end them, at the front door and at the web process itself."""

from __future__ import annotations

import psutil

from faults.expect import eventually, expect
from faults.scene import Scene
from faults.strikes.half_sent import HalfSent

SLOWEST_ACK_S = 1.0
# What a process may grow by, whatever waits at it.
_GROWTH = 256 * 2**20
_SETTLES_S = 10.0
_WHOLE_S = 20.0
# More than a look apart, at which the web process closes what is over, and as many as it closes at one.
_CLOSES_S = 15.0
_LOGIN, _UPLOAD = "/api/v1/auth/login", "/api/v1/media"


def half_sent(scene: Scene) -> None:
    """Small bodies, which wait to be whole, and large ones, which are refused."""
    ports = scene.formation.ports
    for port in (ports.site, ports.web):
        _crowd(scene, port, _LOGIN, 100, int(scene.extent), a_second=100)
        _crowd(scene, port, _UPLOAD, 50_000_000, int(scene.extent) // 10, a_second=20)


def _crowd(scene: Scene, port: int, path: str, length: int, count: int, a_second: int) -> None:
    before = _memory(scene)
    with HalfSent(port, path, count, length=length, a_second=a_second) as crowd:
        first = len(scene.customers.latencies)
        scene.go_on()
        scene.last(_WHOLE_S + _CLOSES_S if scene.long else 1)
        slowest = max(scene.customers.latencies[first:])
        grown = max(now - then for now, then in zip(_memory(scene), before, strict=True))
    expect(slowest < SLOWEST_ACK_S, f"beside {count} of {path} an ack took {slowest:.2f} s")
    expect(grown < _GROWTH, f"beside {count} of {path} a process grew by {grown >> 20} MiB")
    if scene.long:
        expect(crowd.longest_s < _WHOLE_S + _CLOSES_S, f"one was open for {crowd.longest_s:.0f} s")
        expect(bool(crowd.answers), "nobody was told why the connection was closed")
    eventually(lambda: _settled(scene), _SETTLES_S, "the connections' end")


def _memory(scene: Scene) -> list[int]:
    """Bytes that the front door and the web process hold."""
    pids = (scene.formation.caddy.pid, scene.formation.process("web").pid)
    return [
        sum(member.memory_info().rss for member in (process, *process.children(recursive=True)))
        for process in map(psutil.Process, pids)
    ]


def _settled(scene: Scene) -> bool:
    return bool(psutil.Process(scene.formation.caddy.pid).num_fds() < 100)
