"""Access tokens at rest: encrypted with SECRET_KEY, so that a copy of the database sends nothing.

Fernet is AES-128-CBC with HMAC-SHA256 and a fresh random IV (https://github.com/fernet/spec). With several
keys the first encrypts and any decrypts, which is how a key is rotated.

KeyringFault
├── KeyMissing  SECRET_KEY is not set
└── KeyWrong    none of the keys is the one the token was encrypted with
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class KeyringFault(Exception):
    """A token cannot be encrypted or decrypted; the text says what to do and holds no secret."""


class KeyMissing(KeyringFault):
    """SECRET_KEY is not set."""

    def __init__(self) -> None:
        super().__init__("SECRET_KEY is not set; run `parley secret`, set what it prints, and restart.")


class KeyWrong(KeyringFault):
    """The stored token was encrypted with a key that is not in SECRET_KEY."""

    def __init__(self) -> None:
        super().__init__(
            "SECRET_KEY is not the key this number's token was stored with; set that key, or the token anew."
        )


class Keyring:
    """Encrypts and decrypts with Settings.secret_keys, which may be none."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys]) if keys else None

    def seal(self, token: str) -> str:
        """``token`` as it is stored. Raises KeyMissing."""
        return self._keys.encrypt(token.encode()).decode()

    def open(self, sealed: str) -> str:
        """The token of what is stored. Raises KeyringFault."""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise KeyWrong from None

    def reseal(self, sealed: str) -> str:
        """The same token under the first key. Raises KeyringFault."""
        try:
            return self._keys.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise KeyWrong from None

    @property
    def _keys(self) -> MultiFernet:
        if self._fernet is None:
            raise KeyMissing
        return self._fernet


def new_key() -> str:
    """A key for SECRET_KEY."""
    return Fernet.generate_key().decode()
