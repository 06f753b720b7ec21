"""Holding a process up inside a transaction, by locks in Postgres: the way to strike between two of its steps."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psutil
import psycopg2

from faults.expect import eventually
from faults.scene import Scene

# A drain holds an advisory lock, so that one at a time works.
_DRAINS_WAITING = """
SELECT count(*) FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
WHERE a.wait_event_type = 'Lock' AND l.locktype = 'advisory' AND l.granted
"""
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND client_port = ANY(%s)"


@contextlib.contextmanager
def locked(scene: Scene, table: str, mode: str = "EXCLUSIVE") -> Iterator[None]:
    """Nobody gets past this table's lock in here."""
    with contextlib.closing(psycopg2.connect(scene.house.formation.urls.database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
        connection.rollback()


def await_drain_held_up(scene: Scene) -> None:
    """Wait until a batch is begun that cannot end."""
    house = scene.house
    eventually(lambda: house.ask(_DRAINS_WAITING)[0][0], 10, "a batch begun and held up", every_s=0.05)


def await_held_up(scene: Scene, process: str) -> None:
    """Wait until a transaction of this process waits for a lock."""
    pid = scene.formation.process(process).pid
    eventually(
        lambda: scene.house.ask(_WAITING, _ports(pid))[0][0], 10, f"the {process} held up", every_s=0.05
    )


def _ports(pid: int) -> list[int]:
    """The local ports from which a process and its children are connected."""
    parent = psutil.Process(pid)
    return [
        connection.laddr.port
        for process in (parent, *parent.children(recursive=True))
        for connection in process.net_connections("tcp")
    ]
