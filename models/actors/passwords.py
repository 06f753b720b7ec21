"""Passwords as they are kept: argon2id, with today's costs."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher()
# Checked where the account is unknown, so that the time of an answer does not tell who has one.
_NOBODY = _hasher.hash("nobody's password")


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one that was stored; takes as long where nothing is."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def renewed(stored: str, password: str) -> str:
    """``stored``, or what to store instead where it was made with other costs than today's."""
    return hashed(password) if _hasher.check_needs_rehash(stored) else stored
