"""Connections that reach public addresses only, whatever a host name resolves to.

The address is looked at once the connection stands and before a byte is sent: a check of the name beforehand
would trust a second look-up to give the same answer (DNS rebinding; OWASP API7:2023).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from whatsapp.deadline import DeadlineAdapter, HTTPPool, HTTPSPool, WatchedHTTP, WatchedHTTPS


class PrivateAddress(Exception):
    """A host name stands for an address inside somebody's network. Not an OSError: trying again is no use."""


def is_public(address: str) -> bool:
    """Whether this IP address may be anywhere on the internet: not loopback, private, link-local or reserved."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None)
    return (inner or found).is_global and not found.is_multicast


class _PublicOnly:
    """Mixed into urllib3's connections: hangs up on a peer that is not public."""

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if not is_public(made.getpeername()[0]):
            made.close()
            raise PrivateAddress
        return made


class _PublicHTTP(_PublicOnly, WatchedHTTP):
    pass


class _PublicHTTPS(_PublicOnly, WatchedHTTPS):
    pass


class _PublicHTTPPool(HTTPPool):
    ConnectionCls = _PublicHTTP


class _PublicHTTPSPool(HTTPSPool):
    ConnectionCls = _PublicHTTPS


class PublicAdapter(DeadlineAdapter):
    """A transport for requests to the public internet. Raises PrivateAddress through any call."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
