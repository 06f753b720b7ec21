"""CPU time of a process with all its descendants, user and system, from /proc."""

from __future__ import annotations

import os
from pathlib import Path

from engines import tree

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """What the process and its living descendants have used until now. Linux only."""
    return sum(_ticks(member.pid) for member in tree.members(pid)) * _TICK_S


def _ticks(pid: int) -> int:
    text = Path(f"/proc/{pid}/stat").read_text()
    # The name in brackets may hold anything; utime and stime are the 12th and 13th field after it.
    fields = text.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
