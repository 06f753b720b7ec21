"""The process around a gateway: its listening socket, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket

import structlog

from realtime.connection import connect_async
from settings import Settings
from wsgateway.gateway import Gateway
from wsgateway.limits import SEND_BUFFER_BYTES
from wsgateway.session import Session

_BACKLOG = 2048
_log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve sockets until SIGTERM or SIGINT, then drain. Raises OSError where the port cannot be had."""
    _raise_file_limit()
    # In a storm of reconnects commands wait for a connection that is free.
    commands = connect_async(settings.redis.url, retries=1)
    # Connecting again is the relay's own work: it must read the history each time.
    bus = connect_async(settings.redis.url)
    try:
        await _serve(settings, Gateway(settings, commands, bus))
    finally:
        await commands.aclose()
        await bus.aclose()


async def _serve(settings: Settings, gateway: Gateway) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    listening = await loop.create_server(
        lambda: Session(gateway, settings.gateway.buffer_bytes),
        sock=_listening_socket(settings.gateway.host, settings.gateway.port),
        backlog=_BACKLOG,
    )
    _log.info("gateway_started", gateway=gateway.id, host=settings.gateway.host, port=settings.gateway.port)
    serving = loop.create_task(gateway.run())
    stopping = loop.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    listening.close()
    _log.info("gateway_drains", gateway=gateway.id, connections=len(gateway.sessions))
    await gateway.drain()
    await _end(serving)
    await gateway.presence.clear()
    _log.info("gateway_stopped", gateway=gateway.id)


async def _end(serving: asyncio.Task[None]) -> None:
    """Stop the gateway's parts; a part that failed is why it stops, and raises here."""
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _listening_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    # Connections inherit it.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return listening


def _raise_file_limit() -> None:
    """As many sockets as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
