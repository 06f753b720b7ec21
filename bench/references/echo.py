"""A bare echo server of the websockets library, with its defaults: ``python -m bench.references.echo [plain]``.

``plain``: without compression, which is on by default.
"""

from __future__ import annotations

import asyncio
import os
import sys

from websockets.asyncio.server import ServerConnection, serve

from engines.ports import LOOPBACK


async def echo(socket: ServerConnection) -> None:
    async for message in socket:
        await socket.send(message)


async def main(compression: str | None) -> None:
    async with serve(echo, LOOPBACK, int(os.environ["WEB_PORT"]), compression=compression) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(None if "plain" in sys.argv[1:] else "deflate"))
