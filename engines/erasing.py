"""Deleting what a formation keeps, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from engines.child import Child
from engines.formation import JOURNAL
from engines.lock import DirectoryLock
from engines.postgres import Postgres
from engines.postgres import erase as erase_cluster


def erase(data_dir: Path) -> list[str]:
    """Delete a stopped formation's data and return what was deleted, as paths.

    Ends what a killed run left behind. Files of other origin in ``data_dir`` stay. Raises AlreadyRunning.
    """
    lock = DirectoryLock(data_dir)
    lock.acquire("being erased")
    try:
        for record in sorted(data_dir.glob("*/*.process")):
            Child(record.stem, record.parent).end_leftover()
        return [str(path) for path in _ours(data_dir) if _delete(path)]
    finally:
        lock.release()


def _ours(data_dir: Path) -> list[Path]:
    return [data_dir / name for name in ("postgres", "valkey", "caddy", "logs", JOURNAL)]


def _delete(path: Path) -> bool:
    if not path.exists():
        return False
    if path.is_file():
        path.unlink()
    elif path.name == Postgres.name:
        erase_cluster(path)
    else:
        shutil.rmtree(path)
    return True
