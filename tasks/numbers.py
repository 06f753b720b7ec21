"""Adding and removing numbers, and giving them tokens: what the API and the shell both do.

The token of a number is encrypted here and decrypted in the worker alone. Setting one wakes what was held for
want of it; the sweep, seconds later, sends it.
"""

from __future__ import annotations

from typing import NamedTuple

from models import media, number, outbound
from models.database import database
from models.keyring import Keyring
from whatsapp.errors import ErrorClass


class Changes(NamedTuple):
    """What is to be other than it is; None leaves it. An empty ``token`` forgets the number's own."""

    account_id: str | None = None
    display_number: str | None = None
    token: str | None = None


class Numbers:
    """The verbs. Each is one transaction."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def add(self, phone_number_id: str, changes: Changes) -> bool:
        """Make a number known; returns whether it is new. Raises KeyMissing."""
        sealed = self._sealed(changes.token)
        with database.atomic():
            new = number.add(phone_number_id, changes.account_id or "", changes.display_number or "")
            self._store(phone_number_id, changes.token, sealed)
        return new

    def change(self, phone_number_id: str, changes: Changes) -> None:
        """Raises KeyMissing."""
        sealed = self._sealed(changes.token)
        with database.atomic():
            number.change(phone_number_id, changes.account_id, changes.display_number)
            self._store(phone_number_id, changes.token, sealed)

    def remove(self, phone_number_id: str) -> None:
        """Forget it and its token; its conversations stay, and send nothing."""
        with database.atomic():
            number.remove(phone_number_id)

    def reseal(self) -> int:
        """Encrypt every token anew with the first key; returns how many. Raises KeyringFault, changing none."""
        with database.atomic():
            found = number.sealed_tokens()
            for phone_number_id, sealed in found:
                number.reseal(phone_number_id, self._keyring.reseal(sealed))
        return len(found)

    def _sealed(self, token: str | None) -> str | None:
        return self._keyring.seal(token) if token else None

    def _store(self, phone_number_id: str, token: str | None, sealed: str | None) -> None:
        if token is not None:
            number.set_token(phone_number_id, sealed)
        # Held for want of a token, or because the number was removed: either may be mended by now.
        outbound.release(phone_number_id, ErrorClass.AUTH)
        media.release(phone_number_id)
