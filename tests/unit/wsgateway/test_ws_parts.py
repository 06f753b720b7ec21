"""How the parts of a gateway go on, and how they end."""

from __future__ import annotations

import asyncio

from wsgateway.gateway import end_all
from wsgateway.keeping import kept


def test_a_part_that_loses_its_cancellation_ends_all_the_same() -> None:
    lost: list[str] = []

    async def deaf() -> None:
        """As redis-py is where a connection breaks at that very moment."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.append("once")
        await asyncio.Event().wait()

    async def scene() -> None:
        parts = [asyncio.ensure_future(deaf()), asyncio.ensure_future(asyncio.Event().wait())]
        await asyncio.sleep(0)
        await end_all(parts)  # type: ignore[arg-type]
        assert all(part.cancelled() for part in parts)

    asyncio.run(scene())
    assert lost == ["once"]


def test_a_part_that_fails_begins_anew() -> None:
    runs: list[int] = []
    enough = asyncio.Event()

    class Fragile:
        async def run(self) -> None:
            runs.append(len(runs))
            if len(runs) == 3:
                enough.set()
                await asyncio.Event().wait()
            raise RuntimeError("nobody foresaw this")

    async def scene() -> None:
        part = asyncio.ensure_future(kept(Fragile(), pause_s=0.0))
        await asyncio.wait_for(enough.wait(), 10)
        await end_all([part])

    asyncio.run(scene())
    assert runs == [0, 1, 2]
