"""Adding and removing numbers, and giving them tokens: what the API and the shell both do.

The token of a number is encrypted here and decrypted in the worker alone. Setting one wakes what was held for
want of it; the sweep, seconds later, sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from models.database import database
from models.messages import media
from models.numbers import holds, numbers
from models.numbers.keyring import Keyring
from schema.events import Event

RATE_MOST = 1000
"""Messages a second: Meta's limit after an upgrade of the number."""


class Changes(NamedTuple):
    """What is to be other than it is; None leaves it. An empty ``token`` forgets the number's own, a ``rate`` of 0
    the rate of its own, in messages a second."""

    account_id: str | None = None
    display_number: str | None = None
    token: str | None = None
    rate: float | None = None


class Numbers:
    """The verbs. Each is one transaction; ``announce`` is handed its events inside of it."""

    def __init__(self, keyring: Keyring, announce: Callable[[Sequence[Event]], object]) -> None:
        self._keyring = keyring
        self._announce = announce

    def add(self, phone_number_id: str, changes: Changes) -> bool:
        """Make a number known; returns whether it is new. Raises KeyMissing."""
        sealed = self._sealed(changes.token)
        with database.atomic():
            new = numbers.add(phone_number_id, changes.account_id or "", changes.display_number or "")
            self._store(phone_number_id, changes, sealed)
        return new

    def change(self, phone_number_id: str, changes: Changes) -> None:
        """Raises KeyMissing."""
        sealed = self._sealed(changes.token)
        with database.atomic():
            numbers.change(phone_number_id, changes.account_id, changes.display_number)
            self._store(phone_number_id, changes, sealed)

    def remove(self, phone_number_id: str) -> None:
        """Forget it and its token; its conversations stay, and send nothing."""
        with database.atomic():
            numbers.remove(phone_number_id)

    def reseal(self) -> int:
        """Encrypt every token anew with the first key; returns how many. Raises KeyringFault, changing none."""
        with database.atomic():
            found = numbers.sealed_tokens()
            for phone_number_id, sealed in found:
                numbers.reseal(phone_number_id, self._keyring.reseal(sealed))
        return len(found)

    def _sealed(self, token: str | None) -> str | None:
        return self._keyring.seal(token) if token else None

    def _store(self, phone_number_id: str, changes: Changes, sealed: str | None) -> None:
        if changes.token is not None:
            numbers.set_token(phone_number_id, sealed)
        if changes.rate is not None:
            numbers.set_rate(phone_number_id, changes.rate or None)
        # Held for want of a token, or because the number was removed: either may be mended by now.
        self._announce(holds.lift_for_token(phone_number_id))
        media.release(phone_number_id)
