"""``python -m bench.graph_process``: a stand-in for Meta that takes every message and answers after 150 ms.

Its port comes first on stdout. Each line on stdin is a number of messages; once so many were answered, a line says when
each came (bench/graph.py).
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from typing import Any

import msgspec
import uvloop

from bench.graph import ANSWER_S, Came
from engines.ports import LOOPBACK

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n"


class _Message(msgspec.Struct):
    to: str
    biz_opaque_callback_data: str


_decode = msgspec.json.Decoder(_Message).decode


class Graph:
    """What came since it was last told."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._moments: list[float] = []
        self._ids: list[str] = []
        self._answered = 0
        self._news = asyncio.Event()

    def take(self, body: bytes) -> bytes:
        """Note a message that came; returns the answer."""
        message = _decode(body)
        self._moments.append(time.monotonic())
        self._ids.append(message.biz_opaque_callback_data)
        answer = msgspec.json.encode(
            {
                "messaging_product": "whatsapp",
                "contacts": [{"input": message.to, "wa_id": message.to}],
                "messages": [{"id": f"wamid.HBgLMTU1NTEyMzQ1NjcVAgARGBI{next(self._numbers):012X}AA=="}],
            }
        )
        return _HEAD % len(answer) + answer

    def answered(self) -> None:
        self._answered += 1
        self._news.set()

    async def tell(self, count: int) -> Came:
        """What came, once so many were answered; begins anew."""
        while self._answered < count:
            self._news.clear()
            await self._news.wait()
        came = Came(self._moments, len(set(self._ids)))
        self._moments, self._ids, self._answered = [], [], 0
        return came


class Connection(asyncio.Protocol):
    """One kept connection; a request at a time, as clients without pipelining send them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._heard = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            self._heard = b""
            asyncio.get_running_loop().call_later(ANSWER_S, self._answer, self._graph.take(body))

    def _answer(self, answer: bytes) -> None:
        self._graph.answered()
        self._transport.write(answer)


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])


async def main() -> None:
    loop = asyncio.get_running_loop()
    graph = Graph()
    server = await loop.create_server(lambda: Connection(graph), LOOPBACK, 0, backlog=1024)
    _say(server.sockets[0].getsockname()[1])
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        _say(await graph.tell(int(line)))


def _say(value: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
