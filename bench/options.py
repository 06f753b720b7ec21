"""What can be asked of a benchmark."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    """``pairs`` of runs; ``count`` webhooks a run, or None for what each benchmark finds enough."""

    pairs: int = 5
    count: int | None = None
