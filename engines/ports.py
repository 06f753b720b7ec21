"""TCP ports on the loopback address."""

from __future__ import annotations

import fcntl
import functools
import os
import random
import socket
import tempfile
from pathlib import Path

LOOPBACK = "127.0.0.1"

# Below the range from which Linux and macOS take the ports of outgoing connections: a client that keeps
# reconnecting to a stopped server could otherwise be given that very port, connect to itself, and keep
# the server from coming back.
RANGE = range(20000, 32000)
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


def free_port(among: range = RANGE) -> int:
    """A port of these that nobody listens on, given to no other process while this one lives, and to this one once.

    Raises OSError if there is none.
    """
    for port in random.sample(among, len(among)):
        if port not in _given and _reserve(port) and is_free(port):
            _given.add(port)
            return port
    raise OSError(f"no free port from {among.start} to {among.stop}")


def _reserve(port: int) -> bool:
    """Whether the port is this process's now, though its server may be stopped for a while.

    The lock of a byte in a file that all processes of the user share; the system lifts it when we end.
    """
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except (BlockingIOError, PermissionError):  # POSIX lets a system choose between the two
        return False
    return True


@functools.cache
def _reservations() -> int:
    # Never closed: closing any descriptor of the file would lift all the locks of this process.
    path = Path(tempfile.gettempdir()) / f"parley-ports-{os.geteuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
