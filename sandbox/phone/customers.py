"""The people who own the phones."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Customer:
    """A person: known by a phone number, or (username users) only by a business-scoped user id."""

    name: str
    wa_id: str = ""
    user_id: str = ""
    username: str = ""

    @property
    def key(self) -> str:
        """What the person's chat is filed under."""
        return self.wa_id or self.user_id

    def contact(self) -> dict[str, Any]:
        """The person's entry in a webhook's ``contacts``; a hidden number is an empty string."""
        profile = {"name": self.name} if self.name else {}
        if self.username:
            profile["username"] = self.username
        contact: dict[str, Any] = {"profile": profile, "wa_id": self.wa_id}
        return contact | ({"user_id": self.user_id} if self.user_id else {})

    def as_json(self) -> dict[str, Any]:
        """The person as the control API shows them."""
        return asdict(self) | {"key": self.key}


def user_id_of(wa_id: str) -> str:
    """The business-scoped user id of whoever has this number: since April 2026 everybody has one."""
    digits = int.from_bytes(hashlib.sha256(wa_id.encode()).digest()[:7])
    return f"{'GB' if wa_id.startswith('44') else 'US'}.{digits:017}" if wa_id else ""


BUILT_IN = (
    Customer("Ada Lovelace", "447700900123", user_id_of("447700900123")),
    Customer("Grace Hopper", "447700900456", user_id_of("447700900456")),
    Customer("Mary Shelley", user_id="GB.9f3K2mQ7xR1tZ0", username="mary.shelley"),
)


def customer_from(given: Any, known: Customer | None = None) -> Customer:
    """A customer from control JSON: a number, a BSUID, or ``{wa_id, name, user_id, username}``.

    Raises ValueError where neither a number nor a user id is there.
    """
    if isinstance(given, str):
        given = {"user_id": given} if "." in given else {"wa_id": given}
    if not isinstance(given, dict):
        raise ValueError("from must be a phone number, a user id, or an object with wa_id or user_id.")
    wa_id = str(given.get("wa_id", "")).strip().lstrip("+").replace(" ", "")
    user_id = str(given.get("user_id", "")).strip()
    if wa_id and not (wa_id.isascii() and wa_id.isdigit() and len(wa_id) <= 20):
        raise ValueError("wa_id must be a phone number in digits.")
    if not wa_id and not user_id:
        raise ValueError("from needs a wa_id or a user_id.")
    name = str(given.get("name") or (known.name if known else "") or wa_id or user_id)
    username = str(given.get("username") or (known.username if known else ""))
    user_id = user_id or (known.user_id if known else "") or user_id_of(wa_id)
    return Customer(name[:120], wa_id, user_id, username)
