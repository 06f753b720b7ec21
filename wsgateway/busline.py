"""The gateway's ear on the bus: a connection to Redis, subscribed to channels, that is heard without a task.

redis-py opens it, with address, credentials and TLS as the URL has them. Then the line takes its stream over: a
message through redis-py's own subscription costs a future, a task's step, two timeouts and a dozen calls, four times
what it costs here, and where a conversation has a hundred subscribers that is a large part of what an event costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import hiredis
import redis
import redis.asyncio

Handle = Callable[[bytes, bytes], None]
"""Takes a message: its channel and its payload."""


class BusLine(asyncio.Protocol):
    """Messages, held back until ``run`` hands them on: in order, and one for each turn of the event loop, so that
    sockets are served between two of them however many have come."""

    def __init__(self, connection: Any, channels: Sequence[str]) -> None:
        """``connection`` is connected, and nothing was asked that it has not answered."""
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(protocolError=redis.InvalidResponse, replyError=redis.ResponseError)
        self._unconfirmed = len(channels)
        self._handle: Handle | None = None
        self._working = False
        self._heard_at = self._loop.time()
        self.confirmed: asyncio.Future[None] = self._loop.create_future()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._transport = cast(asyncio.Transport, connection._writer.transport)
        self._transport.set_protocol(self)
        self._send("SUBSCRIBE", *channels)

    @property
    def local_host(self) -> str:
        """This side's address; "" where the other is a socket of this machine's."""
        address = self._transport.get_extra_info("sockname")
        return str(address[0]) if isinstance(address, tuple) else ""

    async def run(self, handle: Handle, quiet_s: float) -> None:
        """Hand on what was held back and what comes, until the connection is lost or Redis answers no ping.

        Raises OSError, redis.RedisError or TimeoutError then, and whatever ``handle`` raised.
        """
        self._handle = handle
        if not self._working:
            self._work()
        asked_at = 0.0
        while True:
            due = max(asked_at, self._heard_at) + quiet_s
            await asyncio.wait((self._lost,), timeout=max(0.0, due - self._loop.time()))
            if self._lost.done():
                self._lost.result()
            if self._loop.time() < max(asked_at, self._heard_at) + quiet_s:
                continue
            if asked_at > self._heard_at:
                raise TimeoutError("Redis went silent")
            self._send("PING")
            asked_at = self._loop.time()

    async def close(self) -> None:
        for waiting in (self.confirmed, self._lost):
            if not waiting.cancel() and not waiting.cancelled():
                waiting.exception()  # has been told, or came too late to matter
        self._transport.abort()
        # It has lost its stream already; this has it know.
        await self._connection.disconnect(nowait=True)

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        self._reader.feed(data)
        if not self._working:
            self._work()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("Redis closed the connection"))

    # Within.

    def _send(self, *command: str) -> None:
        self._transport.writelines(self._connection.pack_command(*command))

    def _work(self) -> None:
        """Deal with one reply; where there may be more, the loop has its turn first, and nothing more is read."""
        try:
            reply = self._next()
            if reply is not None:
                self._take(reply)
        except Exception as error:
            self._fail(error)
            return
        self._working = reply is not None and self._reader.has_data()
        if self._working:
            self._heard_at = self._loop.time()
            self._transport.pause_reading()
            self._loop.call_soon(self._work)
        elif self._handle is not None:
            self._transport.resume_reading()

    def _next(self) -> Any:
        """A whole reply, or None where there is none or it must wait for ``run``. Raises redis.RedisError."""
        if self._handle is None and not self._unconfirmed:
            self._transport.pause_reading()
            return None
        reply = self._reader.gets()
        if isinstance(reply, redis.RedisError):
            raise reply
        return None if reply is False else reply

    def _take(self, reply: Any) -> None:
        """A confirmation, a message, or the answer to a ping, of which it is enough that it came."""
        if not isinstance(reply, list):
            return
        if reply[0] == b"message":
            assert self._handle is not None
            self._handle(reply[1], reply[2])
        elif reply[0] == b"subscribe":
            self._unconfirmed -= 1
            if not self._unconfirmed and not self.confirmed.done():
                self.confirmed.set_result(None)

    def _fail(self, error: Exception) -> None:
        for waiting in (self.confirmed, self._lost):
            if not waiting.done():
                waiting.set_exception(error)
        self._transport.abort()


async def subscribe(client: redis.asyncio.Redis, channels: Sequence[str], timeout_s: float) -> BusLine:
    """A line subscribed to ``channels``. Raises OSError, redis.RedisError or TimeoutError."""
    pool: Any = client.connection_pool
    connection = pool.make_connection()
    await connection.connect()
    line = BusLine(connection, channels)
    try:
        async with asyncio.timeout(timeout_s):
            await line.confirmed
    except BaseException:
        await line.close()
        raise
    return line
