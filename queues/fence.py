"""The fence in Redis: who has lost the drain, and does not know it yet, takes nothing more.

A holder that hung, or whose last command sat in a network that healed, may speak long after another took over. Each
holder has a higher fence than those before it (models/drain_leases.py), and hands it in with every command that must
not come late; the highest seen is kept here, and a lower one is refused.

Key: ``parley:inbox:fence:<shard>`` the highest fence. Where it is lost, the next holder's first command sets it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import redis

from ground.fence import Fence, Fenced

_REFUSED = "FENCED"  # the first word of the scripts' answer
_CHECK = (Path(__file__).parent / "lua" / "fence.lua").read_text()


def fenced(script: str) -> str:
    """A script with ``refused_by(key, fence)`` before it, which says whether it may go on."""
    return f"{_CHECK}\n{script}"


def key_of(fence: Fence) -> str:
    """Where the highest fence of its shard is kept."""
    return f"parley:inbox:fence:{fence.shard}"


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Raise Fenced where a script in here refuses the fence it was given."""
    try:
        yield
    except redis.ResponseError as error:
        if not str(error).startswith(_REFUSED):
            raise
        raise Fenced("another holds the drain now") from None
