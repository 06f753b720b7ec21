"""Whether a request comes from this very machine: the callers an open house (development) is open to.

One rule for REST and sockets. The name under which a client called says nothing by itself, because whoever
forwards a port (an editor, a tunnel, a proxy) may rewrite it to localhost; such programs tell whom they forward
for, so what they say has to name this machine too.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

_NAME = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
_NAMES = ("X-Forwarded-Host", "X-Original-Host")
_ADDRESSES = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP")


def called_from_here(peer: str, header: Callable[[str], str | None]) -> bool:
    """Whether the connection and everybody it was forwarded for are this machine, under a name of its own.

    ``peer`` is the connection's address; ``header`` gives a header's value, several joined by commas, or None. A
    program that forwards bytes and tells nothing (``ssh -R``) cannot be told from this machine.
    """
    if not _is_loopback(peer) or not _is_own_name(header("Host")) or header("Forwarded") is not None:
        return False
    named = [value for name in _NAMES if (value := header(name)) is not None]
    addressed = [value for name in _ADDRESSES if (value := header(name)) is not None]
    return all(map(_is_own_name, named)) and all(map(_all_loopback, addressed))


def _is_own_name(host: str | None) -> bool:
    return host is not None and _NAME.fullmatch(host) is not None


def _all_loopback(addresses: str) -> bool:
    return all(_is_loopback(address.strip()) for address in addresses.split(","))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
