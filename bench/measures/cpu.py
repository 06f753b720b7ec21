"""CPU time of a process with all its descendants, user and system."""

from __future__ import annotations

import psutil

from engines import tree


def seconds(pid: int) -> float:
    """What the process and its living descendants have used until now."""
    return tree.total(pid, _used)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
