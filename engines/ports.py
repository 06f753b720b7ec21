"""TCP ports on the loopback address."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"

# Below the range from which Linux and macOS take the ports of outgoing connections: a client that keeps
# reconnecting to a stopped server could otherwise be given that very port, connect to itself, and keep
# the server from coming back.
_RANGE = range(20000, 32000)
_given: set[int] = set()


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = LOOPBACK) -> bool:
    """Whether something accepts connections on ``port``."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port nobody listens on, never the same one twice from one process. Raises OSError if there is none."""
    for port in random.sample(_RANGE, len(_RANGE)):
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError(f"no free port from {_RANGE.start} to {_RANGE.stop}")
