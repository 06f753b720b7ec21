"""What can be asked of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """``pairs`` of runs; ``count`` webhooks, messages, frames or sockets a run, or None for what each benchmark finds
    enough."""

    pairs: int = 5
    count: int | None = None
