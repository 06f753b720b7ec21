"""Connections that reach public addresses only, whatever a host name resolves to.

The address is looked at once the connection stands and before a byte is sent: a check of the name beforehand
would trust a second look-up to give the same answer (DNS rebinding; OWASP API7:2023).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from whatsapp.graph.deadline import DeadlineAdapter, HTTPPool, HTTPSPool, WatchedHTTP, WatchedHTTPS

_IPV4_AT_THE_END = (
    ipaddress.IPv6Network("::ffff:0:0/96"),  # mapped (RFC 4291, 2.5.5.2)
    ipaddress.IPv6Network("::/96"),  # compatible, deprecated (RFC 4291, 2.5.5.1)
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64 (RFC 6052, 2.1)
)
_NAT64_WITHIN = ipaddress.IPv6Network("64:ff9b:1::/48")
"""NAT64 for use within a network (RFC 8215)."""


class PrivateAddress(Exception):
    """A host name stands for an address inside somebody's network. Not an OSError: trying again is no use."""


def is_public(address: str) -> bool:
    """Whether this IP address may be anywhere on the internet: not loopback, private, link-local or reserved.

    An IPv6 address behind which a gateway or a tunnel reaches an IPv4 one is as public as that one.
    """
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed in _NAT64_WITHIN:  # whoever runs it chooses where in the address the other stands
            return False
        inner = _embedded(parsed)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return parsed.is_global and not parsed.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.sixtofour is not None:
        return address.sixtofour
    if any(address in network for network in _IPV4_AT_THE_END):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


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
