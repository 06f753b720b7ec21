"""SHA-256 as hex: the form in which tokens are stored, and by which bytes are told apart."""

from __future__ import annotations

import hashlib


def digest(of: str | bytes) -> str:
    """Hex SHA-256, 64 characters. A token is 256 random bits, so it needs no salt."""
    return hashlib.sha256(of.encode() if isinstance(of, str) else of).hexdigest()
