"""The gateway's connection to the bus, on a real Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import redis
import redis.asyncio

from engines.valkey import Valkey
from realtime.connection import connect_async
from wsgateway.busline import BusLine, Handle, subscribe

pytestmark = pytest.mark.integration
QUIET_S = 0.3
Play = Callable[[Callable[[BusLine], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def play(valkey: Valkey, store: redis.Redis) -> Play:
    """Play a scene with a line that is subscribed to the channels ``a`` and ``b``."""

    async def begin(scene: Callable[[BusLine], Coroutine[Any, Any, None]]) -> None:
        async with connect_async(valkey.url) as client:
            line = await subscribe(client, ("a", "b"), timeout_s=5)
            try:
                async with asyncio.timeout(10):
                    await scene(line)
            finally:
                await line.close()

    return lambda scene: asyncio.run(begin(scene))


async def run_until(line: BusLine, handle: Handle, done: Callable[[], bool]) -> None:
    running = asyncio.ensure_future(line.run(handle, QUIET_S))
    while not done() and not running.done():
        await asyncio.sleep(0.01)
    if running.done():
        running.result()
    running.cancel()


def test_what_comes_before_somebody_listens_is_held_back_and_in_order(play: Play, store: redis.Redis) -> None:
    heard: list[tuple[bytes, bytes]] = []

    async def scene(line: BusLine) -> None:
        for number in range(500):
            store.publish("ab"[number % 2], b"%d " % number + b"x" * 1000)
        await asyncio.sleep(0.1)
        assert heard == []
        await run_until(line, lambda *message: heard.append(message), lambda: len(heard) == 500)

    play(scene)
    assert [int(payload.split()[0]) for _, payload in heard] == list(range(500))
    assert {channel for channel, _ in heard} == {b"a", b"b"}


def test_the_loop_has_a_turn_between_two_messages(play: Play, store: redis.Redis) -> None:
    turns: list[str] = []

    def handle(channel: bytes, payload: bytes) -> None:
        turns.append("message")
        asyncio.get_running_loop().call_soon(turns.append, "turn")

    async def scene(line: BusLine) -> None:
        with store.pipeline(transaction=False) as pipe:  # one write, so that they come in one read
            for _ in range(10):
                pipe.publish("a", b"x")
            pipe.execute()
        await run_until(line, handle, lambda: len(turns) == 20)

    play(scene)
    assert turns == ["message", "turn"] * 10


def test_a_message_larger_than_what_is_read_at_once_comes_whole(play: Play, store: redis.Redis) -> None:
    heard: list[bytes] = []

    async def scene(line: BusLine) -> None:
        store.publish("a", b"x" * 5_000_000)
        store.publish("a", b"y")
        await run_until(line, lambda channel, payload: heard.append(payload), lambda: len(heard) == 2)

    play(scene)
    assert [len(payload) for payload in heard] == [5_000_000, 1]


def test_a_connection_that_is_closed_is_told(play: Play, store: redis.Redis) -> None:
    async def scene(line: BusLine) -> None:
        store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        with pytest.raises(OSError, match="Redis closed the connection"):
            await line.run(lambda *message: None, QUIET_S)

    play(scene)


def test_a_quiet_redis_is_asked_and_kept(play: Play, store: redis.Redis) -> None:
    heard: list[bytes] = []

    async def scene(line: BusLine) -> None:
        running = asyncio.ensure_future(line.run(lambda channel, payload: heard.append(payload), QUIET_S))
        await asyncio.wait((running,), timeout=6 * QUIET_S)
        assert not running.done()
        store.publish("a", b"still here")
        while not heard:
            await asyncio.sleep(0.01)
        running.cancel()

    play(scene)
    assert heard == [b"still here"]


def test_a_frozen_redis_is_given_up(play: Play, valkey: Valkey) -> None:
    async def scene(line: BusLine) -> None:
        valkey.freeze()
        try:
            with pytest.raises(TimeoutError, match="Redis went silent"):
                await line.run(lambda *message: None, QUIET_S)
        finally:
            valkey.thaw()

    play(scene)


def test_what_the_listener_raises_ends_it(play: Play, store: redis.Redis) -> None:
    def handle(channel: bytes, payload: bytes) -> None:
        raise LookupError("a bug")

    async def scene(line: BusLine) -> None:
        store.publish("a", b"x")
        with pytest.raises(LookupError, match="a bug"):
            await line.run(handle, QUIET_S)

    play(scene)


def test_a_redis_that_forbids_the_channels_is_an_error(valkey: Valkey, store: redis.Redis) -> None:
    store.acl_setuser("deaf", enabled=True, nopass=True, commands=["+@all", "-subscribe"], keys=["*"])

    async def begin() -> None:
        async with redis.asyncio.Redis.from_url(valkey.url, username="deaf", password="any") as client:
            with pytest.raises(redis.ResponseError, match="subscribe"):
                await subscribe(client, ("a",), timeout_s=5)

    asyncio.run(begin())
