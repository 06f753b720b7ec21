"""A part of the gateway goes on until the gateway ends: what nobody foresaw must not drop every socket there is."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

PAUSE_S = 1.0
_log = structlog.get_logger(__name__)


class Part(Protocol):
    """Something that works until it is cancelled, and may be begun anew."""

    async def run(self) -> None: ...


async def kept(part: Part, pause_s: float = PAUSE_S) -> None:
    """Run it until cancelled; where it fails, log why and have it begin anew after a pause."""
    while True:
        try:
            await part.run()
        except Exception:
            _log.exception("part_failed", part=type(part).__name__)
        await asyncio.sleep(pause_s)
