"""A disk that is really full: a small one is mounted where the server writes, and filled to the last byte."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from engines.engine import Engine
from engines.waiting import wait_until
from faults.expect import expect
from faults.scene import Scene

_ROOM_BYTES = 64 * 2**20
_BALLAST = ".ballast"
_CHUNK = bytes(64 * 1024)


def cannot_mount() -> str:
    """Why a disk cannot be filled here; "" where it can."""
    if os.geteuid() != 0:
        return "needs root, to mount a small disk"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "needs CAP_SYS_ADMIN, to mount a small disk"


def redis_full(scene: Scene) -> None:
    """With ``appendfsync always`` a server that cannot write ends itself: nothing is acknowledged, nothing is lost.
    Whoever runs it makes room and starts it again."""
    with _small_disk(scene.valkey, scene.valkey.directory / "appendonlydir") as disk:
        scene.go_on()
        with _filled(disk):
            scene.customers.await_refusal()
            expect(wait_until(lambda: not scene.valkey.running, 10), "Redis goes on without its file")
            # Each of them twice, so that what was acknowledged before the end has been counted.
            scene.customers.await_refusal(times=2 * len(scene.customers.phones))
            acked = scene.customers.count
            scene.last()
            expect(scene.customers.count == acked, "deliveries were acknowledged, and Redis could not write")
        scene.valkey.start()
        scene.go_on()


def postgres_full(scene: Scene) -> None:
    """Acks go on; who asks for a message to be sent gets a 503 and no false 202."""
    cluster = Path(scene.house.ask("SHOW data_directory")[0][0])
    with _small_disk(scene.postgres, cluster) as disk:
        scene.go_on()
        with _filled(disk):
            scene.agents.await_refusal(30)
            refused = scene.customers.refused
            scene.last()
            expect(scene.customers.refused == refused, "deliveries were refused, and Redis had room")
        # Without room for its log Postgres ends itself, and needs to be started.
        scene.postgres.start()
        scene.go_on()


@contextlib.contextmanager
def _small_disk(engine: Engine, directory: Path) -> Iterator[Path]:
    """The server's directory on a disk of its own, a little larger than what it holds; put back afterwards."""
    owner = directory.stat()
    aside = directory.with_name(f"{directory.name}.aside")
    engine.stop()
    directory.rename(aside)
    directory.mkdir()
    size = _bytes_in(aside) + _ROOM_BYTES
    options = f"size={size},uid={owner.st_uid},gid={owner.st_gid},mode={owner.st_mode & 0o777:o}"
    _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory))
    try:
        _copy(aside, directory)
        engine.start()
        yield directory
    finally:
        engine.stop()
        shutil.rmtree(aside)
        aside.mkdir(mode=owner.st_mode & 0o777)
        os.chown(aside, owner.st_uid, owner.st_gid)
        _copy(directory, aside)
        _run("umount", str(directory))
        directory.rmdir()
        aside.rename(directory)
        engine.start()


@contextlib.contextmanager
def _filled(disk: Path) -> Iterator[None]:
    """No byte is free in here."""
    ballast = disk / _BALLAST
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(_CHUNK)
    try:
        yield
    finally:
        ballast.unlink()


def _bytes_in(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def _copy(source: Path, target: Path) -> None:
    """What is in one directory into another, owners and all."""
    _run("cp", "-a", f"{source}/.", str(target))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
