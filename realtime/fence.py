"""The fence in Redis: who has lost the drain, and does not know it yet, takes and tells nothing more.

A holder that hung, or whose last command sat in a network that healed, may speak long after another took over. Each
holder has a higher fence than those before it (models/drain_lease.py), and hands it in with every command that must
not come late; the highest seen is kept here, and a lower one is refused.

Key: ``parley:inbox:fence:<shard>`` the highest fence. Where it is lost, the next holder's first command sets it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import redis

_REFUSED = "FENCED"  # the first word of the scripts' answer


class Fence(NamedTuple):
    """Which shard's drain is held, and with which fence: 0 is nobody's, and is never refused."""

    shard: int = 0
    number: int = 0

    @property
    def key(self) -> str:
        return f"parley:inbox:fence:{self.shard}"


UNFENCED = Fence()


class Fenced(Exception):
    """Another holds the drain now: nothing was done, and nothing of ours may be done any more."""


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Raise Fenced where a script in here refuses the fence it was given."""
    try:
        yield
    except redis.ResponseError as error:
        if not str(error).startswith(_REFUSED):
            raise
        raise Fenced("another holds the drain now") from None
