"""Who runs in a data directory: a small file with a process' id, kept so that the next start finds leftovers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

# psutil derives the start from the boot time, which moves a little when the clock is set.
_TOLERANCE_S = 2.0


@dataclass(frozen=True)
class Record:
    """A process and the one that started it. Ids are reused, so each goes with its start (Unix seconds)."""

    pid: int
    started: float
    owner: int
    owner_started: float

    @classmethod
    def of(cls, pid: int) -> Record | None:
        """The record of a child of this process; None where it has ended already."""
        me = psutil.Process()
        try:
            started = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return None
        return cls(pid, started, me.pid, me.create_time())

    @classmethod
    def read(cls, path: Path) -> Record | None:
        """The record at ``path``; None where there is none, or only half of one."""
        try:
            return cls(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    def process(self) -> psutil.Process | None:
        """The process, if that very one still runs."""
        return _living(self.pid, self.started)

    def owner_process(self) -> psutil.Process | None:
        """The process that started it, if that very one still runs."""
        return _living(self.owner, self.owner_started)


def _living(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _TOLERANCE_S
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
