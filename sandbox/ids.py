"""Identifiers and times in the shapes Meta uses."""

from __future__ import annotations

import base64
import secrets
import time


def new_wamid(phone: str = "") -> str:
    """A message id: ``wamid.`` and base64 around the person's number and twenty random hex digits."""
    number = (phone or "0")[:15].encode()
    tail = secrets.token_hex(10).upper().encode()
    raw = b"\x1d\x14" + bytes([len(number)]) + number + b"\x15\x02\x00\x11\x18\x14" + tail + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()


def new_number_id() -> str:
    """A sixteen digit id, as media, templates and entries carry them."""
    return str(secrets.randbelow(9 * 10**15) + 10**15)


def new_trace_id() -> str:
    """An ``fbtrace_id``."""
    return "A" + secrets.token_urlsafe(16)


def new_key(prefix: str) -> str:
    """An id of the sandbox's own things (faults, deliveries), such as ``fault-1f09c2``."""
    return f"{prefix}-{secrets.token_hex(4)}"


def unix_seconds() -> str:
    """Now, as webhooks write it: whole seconds in a string."""
    return str(int(time.time()))
