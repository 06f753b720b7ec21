"""The bundled load generator, for machines without wrk and for a steady rate.

``python -m bench.load.generator PORT FILE COUNT CONNECTIONS RATE`` sends each request of a file once and prints one
JSON object. RATE 0 means as fast as the connections allow. With a rate, request i is due at began + i / rate
whatever became of those before it: a server that falls behind shows as latency, not as fewer requests.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop

from bench.load.webhooks import read
from engines.ports import LOOPBACK


class Generator:
    """Sends requests over a few kept connections."""

    def __init__(self, port: int, requests: list[bytes], rate: float) -> None:
        self._port = port
        self._requests = requests
        self._rate = rate
        self._next: Iterator[int] = itertools.count()
        self._began = 0.0
        self._refused = self._refusal = 0

    async def run(self, connections: int) -> dict[str, float]:
        streams = [await asyncio.open_connection(LOOPBACK, self._port) for _ in range(connections)]
        self._began = time.monotonic()
        await asyncio.gather(*(self._send_all(*stream) for stream in streams))
        seconds = time.monotonic() - self._began
        acked = len(self._requests) - self._refused
        return {
            "acked": acked,
            "refused": self._refused,
            "refusal": self._refusal,
            "began": self._began,
            "seconds": seconds,
        }

    async def _send_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (number := next(self._next)) < len(self._requests):
            if self._rate:
                due = self._began + number / self._rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            writer.write(self._requests[number])
            status = await _status(reader)
            if status != 200:
                self._refused += 1
                self._refusal = status
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, length = head.partition(b"content-length:")
    if length:
        await reader.readexactly(int(length.split(b"\r\n", 1)[0]))
    return int(head.split(b" ", 2)[1])


def main(arguments: list[str]) -> None:
    port, path, count, connections, rate = arguments
    requests = list(itertools.islice(read(Path(path)), int(count)))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(Generator(int(port), requests, float(rate)).run(int(connections)))))


if __name__ == "__main__":
    main(sys.argv[1:])
