"""A server whose cable is pulled: packets to and from its port are dropped, and nobody is told.

What a frozen server does not do, and a machine that vanished does: its kernel answers nothing either, so connections
that are idle end by their keepalive, without a word from the other side.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator


def cannot_pull() -> str:
    """Why no packets can be dropped here; "" where they can."""
    if os.geteuid() != 0 or shutil.which("nft") is None:
        return "needs root and nft, to drop packets"
    tried = subprocess.run(["nft", "list", "tables"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "needs CAP_NET_ADMIN, to drop packets"


@contextlib.contextmanager
def pulled(port: int) -> Iterator[None]:
    """No packet comes to this TCP port of the machine, or from it, in here."""
    table = f"inet parley_faults_{port}"
    _nft(f"add table {table}")
    try:
        _nft(f"add chain {table} pulled {{ type filter hook input priority 0; }}")
        for side in ("dport", "sport"):
            _nft(f"add rule {table} pulled tcp {side} {port} drop")
        yield
    finally:
        _nft(f"delete table {table}")


def _nft(command: str) -> None:
    subprocess.run(["nft", command], check=True, capture_output=True)
