"""What every answer carries, and who the caller is behind the front door."""

from __future__ import annotations

import ipaddress
from typing import Any

import falcon

_CONSOLE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self' ws: wss:; font-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_DATA = "default-src 'none'; frame-ancestors 'none'"


class Headers:
    """Falcon middleware: headers that keep browsers from guessing."""

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if resp.data is None and resp.text is None and resp.stream is None:
            return  # nothing to guess about; an answered webhook, the most frequent of all, says no more than 200
        data = req.path.startswith("/api/")
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.set_header("Referrer-Policy", "no-referrer")
        if resp.get_header("Content-Security-Policy") is None:
            resp.set_header("Content-Security-Policy", _DATA if data else _CONSOLE)
        if resp.get_header("Cache-Control") is None:
            # The console's files may be kept, but must be asked for: an upgrade counts at the next load.
            resp.set_header("Cache-Control", "no-store" if data else "no-cache")


def address_of(req: falcon.Request) -> str:
    """Who is calling: the last entry of X-Forwarded-For, where the peer is on a private network; anybody else's
    X-Forwarded-For is not believed. Our own front door writes one entry, the client as TRUSTED_PROXIES has it."""
    peer, route = req.remote_addr, req.access_route
    return route[-2] if len(route) > 1 and _private(peer) else peer


def _private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return address == ""  # a unix socket has none
