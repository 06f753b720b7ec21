"""A front door with TLS."""

from __future__ import annotations

from typing import NamedTuple


class Secure(NamedTuple):
    """Ports of a front door with TLS, and of the plain HTTP beside it."""

    https: int
    http: int
