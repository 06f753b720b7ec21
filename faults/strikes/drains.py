"""Whoever drains hangs, or is on a machine that vanishes, in the middle of a transaction: another takes over."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from engines.ports import LOOPBACK
from faults.expect import eventually, expect
from faults.scene import Scene
from faults.strikes import locks
from faults.strikes.processes import stored
from faults.strikes.proxy import Proxy
from faults.tables.row import PICKED_UP_S

_WORKER, _SECOND = "worker", "worker2"
_STOP_S = 15.0
_HOLDER = "SELECT pid, fence, clock_timestamp() FROM drain_lease WHERE held"
_NEXT = "SELECT since FROM drain_lease WHERE fence > %s"


class _Holder(NamedTuple):
    """Who drains, as Postgres has it: the process, its fence, and when it was looked at."""

    pid: int
    fence: int
    at: datetime


def hung(scene: Scene) -> None:
    """SIGSTOP: its connections stand and nothing moves. When it goes on it has lost everything it had in hand."""
    with _restored(scene):
        scene.formation.add(_SECOND, line=_WORKER, env={})
        _await_at_work(scene, _SECOND)
        scene.go_on()
        with _in_mid_transaction(scene) as holder:
            name = _name_of(scene, holder)
            scene.formation.kill(name, signal.SIGSTOP)
        _expect_replaced(scene, holder)
        scene.formation.kill(name, signal.SIGCONT)
        scene.go_on()


def machine_lost(scene: Scene) -> None:
    """Nothing it sends arrives and nothing reaches it; its connections stay open at the other end. Then the network
    is mended, and what it had sent arrives after all."""
    with contextlib.ExitStack() as cables, _restored(scene):
        lines = {name: _behind_cables(scene, name, cables) for name in (_WORKER, _SECOND)}
        for name in lines:
            _await_at_work(scene, name)
        scene.go_on()
        with _in_mid_transaction(scene) as holder:
            lost = lines[_name_of(scene, holder)]
            for cable in lost:
                cable.silence()
        _expect_replaced(scene, holder)
        scene.go_on()
        for cable in lost:
            cable.mend()
        scene.go_on()


def _behind_cables(scene: Scene, name: str, cables: contextlib.ExitStack) -> list[Proxy]:
    """A worker in the place of the one of that name, if any, which reaches both servers by these lines alone."""
    postgres = cables.enter_context(Proxy(scene.postgres.port))
    valkey = cables.enter_context(Proxy(scene.valkey.port))
    if name == _WORKER:
        scene.formation.kill(name)
    database = scene.house.formation.urls.database.rpartition("/")[2]
    env = {
        "DATABASE_URL": f"postgresql://parley@{LOOPBACK}:{postgres.port}/{database}",
        "REDIS_URL": f"redis://{LOOPBACK}:{valkey.port}/0",
    }
    scene.formation.add(name, line=_WORKER, env=env)
    return [postgres, valkey]


@contextlib.contextmanager
def _restored(scene: Scene) -> Iterator[None]:
    """One worker with the house's own settings when this is over; the second works until it is there."""
    try:
        yield
    finally:
        scene.formation.process(_WORKER).stop(_STOP_S)
        scene.formation.add(_WORKER)
        _await_at_work(scene, _WORKER)
        scene.formation.process(_SECOND).stop(_STOP_S)


@contextlib.contextmanager
def _in_mid_transaction(scene: Scene) -> Iterator[_Holder]:
    """A batch is begun in here, and cannot end; afterwards it could, if whoever began it still answered."""
    with locks.locked(scene, "message"):
        locks.await_drain_held_up(scene)
        yield _Holder(*scene.house.ask(_HOLDER)[0])


def _await_at_work(scene: Scene, name: str) -> None:
    """Wait until this worker takes calls."""
    process = scene.formation.process(name)
    eventually(
        lambda: " ready." in process.log.read_text(errors="replace"), what=f"{name} at work", every_s=0.05
    )


def _name_of(scene: Scene, holder: _Holder) -> str:
    names = [name for name in (_WORKER, _SECOND) if scene.formation.process(name).pid == holder.pid]
    expect(names, f"process {holder.pid}, which drains, is none of the workers")
    return names[0]


def _expect_replaced(scene: Scene, holder: _Holder) -> None:
    """Another drains in time, by Postgres' clock, and gets through: the other's locks are gone."""
    before = stored(scene)
    taken: datetime = eventually(lambda: scene.house.ask(_NEXT, holder.fence), what="another drain")[0][0]
    took_s = (taken - holder.at).total_seconds()
    expect(took_s <= PICKED_UP_S, f"another took over after {took_s:.1f} s, not {PICKED_UP_S:g}")
    eventually(lambda: stored(scene) > before, PICKED_UP_S, "what waited being stored")
