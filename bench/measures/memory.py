"""Memory of a process with its descendants: what is shared with others counts in part (PSS). Linux only."""

from __future__ import annotations

import psutil

from engines import tree
from engines.waiting import wait_until

_STILL = 0.002
_LOOK_S = 0.5
_LOOKS = 4
_LONGEST_S = 60.0


def kilobytes(pid: int) -> float:
    """What it takes at this moment, in KB of 1,024 bytes."""
    return tree.total(pid, _pss) / 1024


def settled(pid: int) -> float:
    """The same once it has come to rest: several looks in a row found it within 0.2 %. Raises TimeoutError."""
    seen = [kilobytes(pid)]

    def at_rest() -> bool:
        seen.append(kilobytes(pid))
        latest = seen[-_LOOKS:]
        return len(latest) == _LOOKS and max(latest) - min(latest) <= _STILL * max(latest)

    if not wait_until(at_rest, _LONGEST_S, interval_s=_LOOK_S):
        raise TimeoutError(
            f"process {pid} still grows or shrinks after {_LONGEST_S:.0f} s: {seen[-_LOOKS:]} KB"
        )
    return seen[-1]


def _pss(process: psutil.Process) -> float:
    return float(process.memory_full_info().pss)
