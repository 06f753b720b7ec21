"""How the parts of a gateway end."""

from __future__ import annotations

import asyncio

from wsgateway.gateway import end_all


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
        assert all(each.cancelled() for each in parts)

    asyncio.run(scene())
    assert lost == ["once"]
