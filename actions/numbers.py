"""Adding and removing numbers, and giving them tokens.

The token of a number is encrypted here and decrypted in the worker alone; the audit says that one was set, never
which. Setting one wakes what was held for want of it; the sweep, seconds later, sends it.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from actions.transactions import Transaction, Transactions
from models.actors.actors import Actor
from models.messages import media
from models.numbers import holds, numbers
from models.numbers.keyring import KeyMissing, Keyring
from models.numbers.numbers import Known
from schema.errors import Refused
from schema.requests import AddNumber, ChangeNumber
from settings import Settings

NUMBER = "number"
_ID = re.compile(r"[0-9]{5,32}")


def find(phone_number_id: str) -> Known:
    """One number. Raises Refused not_found."""
    number = numbers.find(phone_number_id) if _ID.fullmatch(phone_number_id) else None
    if number is None:
        raise Refused("not_found", f"There is no number {phone_number_id[:60]!r}.")
    return number


class Numbers:
    """The verbs."""

    def __init__(self, settings: Settings, keyring: Keyring, transactions: Transactions) -> None:
        self._settings = settings
        self._keyring = keyring
        self._transactions = transactions

    def add(self, actor: Actor, request: AddNumber) -> bool:
        """Make a number known, or complete or bring back one that was; returns whether it is new.

        Raises Refused secret_key_missing.
        """
        sealed, key = self._sealed(request), request.phone_number_id
        with self._transactions.begin(actor) as transaction:
            new = numbers.add(key, request.account_id or "", request.display_number or "")
            _store(transaction, key, request, sealed)
            transaction.note("number.add", NUMBER, key, after=_noted(request))
        return new

    def change(self, actor: Actor, phone_number_id: str, request: ChangeNumber) -> Known:
        """Raises Refused: not_found, secret_key_missing."""
        sealed = self._sealed(request)
        with self._transactions.begin(actor) as transaction:
            if phone_number_id == self._settings.meta.phone_number_id:
                numbers.ensure({phone_number_id: ("", "")})
            find(phone_number_id)
            numbers.change(phone_number_id, request.account_id or None, request.display_number or None)
            _store(transaction, phone_number_id, request, sealed)
            transaction.note("number.change", NUMBER, phone_number_id, after=_noted(request))
        return find(phone_number_id)

    def remove(self, actor: Actor, phone_number_id: str) -> None:
        """Forget it and its token; its conversations stay, and send nothing. Raises Refused: not_found,
        number_in_settings."""
        if phone_number_id == self._settings.meta.phone_number_id:
            raise Refused(
                "number_in_settings",
                "This number is WHATSAPP_PHONE_NUMBER_ID; change that setting before you remove it.",
            )
        find(phone_number_id)
        with self._transactions.begin(actor) as transaction:
            numbers.remove(phone_number_id)
            transaction.note("number.remove", NUMBER, phone_number_id)

    def reseal(self, actor: Actor) -> int:
        """Encrypt every token anew with the first key; returns how many. Raises KeyringFault, changing none."""
        with self._transactions.begin(actor) as transaction:
            tokens = numbers.sealed_tokens()
            for phone_number_id, sealed in tokens:
                numbers.reseal(phone_number_id, self._keyring.reseal(sealed))
                transaction.note("number.reseal", NUMBER, phone_number_id)
        return len(tokens)

    def _sealed(self, request: ChangeNumber) -> str | None:
        try:
            return self._keyring.seal(request.access_token) if request.access_token else None
        except KeyMissing as error:
            raise Refused("secret_key_missing", f"The token was not stored: {error}") from None


def _store(transaction: Transaction, phone_number_id: str, request: ChangeNumber, sealed: str | None) -> None:
    if request.access_token is not UNSET:
        numbers.set_token(phone_number_id, sealed)
    if request.send_rate is not UNSET:
        numbers.set_rate(phone_number_id, request.send_rate)
    # Held for want of a token, or because the number was removed: either may be mended by now.
    transaction.tell(holds.lift_for_token(phone_number_id))
    media.release(phone_number_id)


def _noted(request: ChangeNumber) -> dict[str, Any]:
    """What was asked, without the token."""
    fields = {name: getattr(request, name) for name in ("account_id", "display_number", "send_rate")}
    if request.access_token is not UNSET:
        fields["access_token"] = "set" if request.access_token else "forgotten"
    return {name: value for name, value in fields.items() if value is not UNSET}
