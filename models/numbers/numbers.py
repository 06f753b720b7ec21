"""Business numbers, by Meta's phone_number_id. A number makes itself known with its first delivery.

One may have an access token of its own, encrypted (models/numbers/keyring.py); without one it sends with
WHATSAPP_ACCESS_TOKEN. A number that has conversations is kept when it is removed, and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import peewee

from ground.clock import now
from models import sql
from models.database import Table, TimeField, bulk, rows


class Number(Table):
    phone_number_id = peewee.TextField(primary_key=True)
    account_id = peewee.TextField(default="")
    display_number = peewee.TextField(default="")
    access_token = peewee.TextField(null=True)
    token_set_at = TimeField(null=True)
    send_rate = peewee.DoubleField(null=True)
    removed_at = TimeField(null=True)
    created_at = TimeField(default=now)


class Known(NamedTuple):
    """A number for people to see. ``token_set_at`` is None where it has no token of its own, ``send_rate``, in
    messages a second, where it has no rate of its own."""

    phone_number_id: str
    account_id: str
    display_number: str
    token_set_at: datetime | None
    send_rate: float | None
    created_at: datetime | None


class Credential(NamedTuple):
    """What a number sends with: its encrypted token, if it has its own, and whether it may send at all."""

    sealed: str | None
    removed: bool


_KNOWN = "phone_number_id, account_id, display_number, token_set_at, send_rate, created_at"


_KNOWN_OF = "SELECT phone_number_id, account_id, display_number FROM number WHERE phone_number_id = ANY(%s)"


_NAMED = ("phone_number_id", "account_id", "display_number")


def ensure(numbers: Mapping[str, tuple[str, str]]) -> None:
    """Make these numbers known: phone_number_id -> (account id, display number). What is empty is not known yet."""
    # Nearly always they are: one look, and nothing to write.
    known = {key: fields for key, *fields in rows(_KNOWN_OF, (list(numbers),))} if numbers else {}
    news = [key for key, fields in numbers.items() if _adds(fields, known.get(key))]
    values = [(key, *numbers[key]) for key in sorted(news)]
    new = [{**dict(zip(_NAMED, value, strict=True)), "created_at": now()} for value in values]
    sql.insert(Number, new, "ON CONFLICT DO NOTHING")
    # Not an upsert, which would lock rows that need no change: sends and the drain share them.
    bulk(
        "UPDATE number SET account_id = coalesce(nullif(number.account_id, ''), n.account_id),"
        " display_number = coalesce(nullif(number.display_number, ''), n.display_number)"
        " FROM (VALUES %s) AS n (id, account_id, display_number) WHERE number.phone_number_id = n.id"
        " AND ((number.account_id = '' AND n.account_id <> '')"
        " OR (number.display_number = '' AND n.display_number <> ''))",
        [value for value in values if value[1] or value[2]],
    )


def _adds(fields: tuple[str, str], known: list[str] | None) -> bool:
    return known is None or any(new and not old for new, old in zip(fields, known, strict=True))


def accounts() -> set[str]:
    """The ids of the accounts whose numbers are ours."""
    records = rows("SELECT DISTINCT account_id FROM number WHERE account_id <> '' AND removed_at IS NULL")
    return {row[0] for row in records}


def of_account(account_id: str) -> str | None:
    """A number of this account that may speak to Meta, preferably one with a token of its own."""
    records = rows(
        "SELECT phone_number_id FROM number WHERE account_id = %s AND removed_at IS NULL"
        " ORDER BY access_token IS NULL, phone_number_id LIMIT 1",
        (account_id,),
    )
    return records[0][0] if records else None


def add(phone_number_id: str, account_id: str, display_number: str) -> bool:
    """Make a number known, or bring a removed one back; returns whether it was neither known nor removed.

    What is empty keeps what is known already.
    """
    added = rows(
        "INSERT INTO number (phone_number_id, account_id, display_number, created_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (phone_number_id) DO UPDATE SET removed_at = NULL,"
        " account_id = coalesce(nullif(excluded.account_id, ''), number.account_id),"
        " display_number = coalesce(nullif(excluded.display_number, ''), number.display_number)"
        " RETURNING xmax = 0",
        (phone_number_id, account_id, display_number, now()),
    )
    return bool(added[0][0])


def change(phone_number_id: str, account_id: str | None, display_number: str | None) -> None:
    """Change what is not None."""
    rows(
        "UPDATE number SET account_id = coalesce(%s, account_id), display_number = coalesce(%s, display_number)"
        " WHERE phone_number_id = %s",
        (account_id, display_number, phone_number_id),
    )


def set_token(phone_number_id: str, sealed: str | None) -> None:
    """Store an encrypted token; None forgets the one it has."""
    rows(
        "UPDATE number SET access_token = %s, token_set_at = %s WHERE phone_number_id = %s",
        (sealed, now() if sealed else None, phone_number_id),
    )


def set_rate(phone_number_id: str, rate: float | None) -> None:
    """Messages a second that it sends; None forgets that it has a rate of its own."""
    rows("UPDATE number SET send_rate = %s WHERE phone_number_id = %s", (rate, phone_number_id))


def remove(phone_number_id: str) -> None:
    """Forget a number and its token; where it has conversations, keep it for them."""
    rows(
        "UPDATE number SET access_token = NULL, token_set_at = NULL, removed_at = now()"
        " WHERE phone_number_id = %s",
        (phone_number_id,),
    )
    rows(
        "DELETE FROM number n WHERE phone_number_id = %s"
        " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.phone_number_id = n.phone_number_id)",
        (phone_number_id,),
    )


def credential(phone_number_id: str, *, locked: bool = False) -> Credential:
    """What to send with, whether or not the number is known.

    With ``locked`` nobody changes it while this transaction runs.
    """
    records = rows(
        "SELECT access_token, removed_at IS NOT NULL FROM number WHERE phone_number_id = %s"
        + (" FOR SHARE" if locked else ""),
        (phone_number_id,),
    )
    return Credential(*records[0]) if records else Credential(None, removed=False)


def sealed_tokens() -> list[tuple[str, str]]:
    """Every stored token: (phone_number_id, encrypted). Locks them where a transaction runs."""
    records = rows(
        "SELECT phone_number_id, access_token FROM number WHERE access_token IS NOT NULL"
        " ORDER BY phone_number_id FOR UPDATE"
    )
    return [(key, sealed) for key, sealed in records]


def reseal(phone_number_id: str, sealed: str) -> None:
    """The same token, encrypted anew."""
    rows("UPDATE number SET access_token = %s WHERE phone_number_id = %s", (sealed, phone_number_id))


def listed() -> list[Known]:
    """The numbers that are in use, the oldest first."""
    records = rows(
        f"SELECT {_KNOWN} FROM number WHERE removed_at IS NULL ORDER BY created_at, phone_number_id"
    )
    return [Known(*row) for row in records]


def find(phone_number_id: str) -> Known | None:
    """A number in use."""
    records = rows(
        f"SELECT {_KNOWN} FROM number WHERE phone_number_id = %s AND removed_at IS NULL",
        (phone_number_id,),
    )
    return Known(*records[0]) if records else None


def sole() -> str | None:
    """The phone_number_id to send from where there is exactly one number."""
    ids = [number.phone_number_id for number in listed()]
    return ids[0] if len(ids) == 1 else None


def exists(phone_number_id: str) -> bool:
    return find(phone_number_id) is not None
