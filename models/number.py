"""Business numbers, by Meta's phone_number_id. A number makes itself known with its first delivery."""

from __future__ import annotations

from collections.abc import Mapping

import peewee

from models.database import Table, TimeField, bulk
from realtime.events import now


class Number(Table):
    phone_number_id = peewee.TextField(primary_key=True)
    account_id = peewee.TextField(default="")
    display_number = peewee.TextField(default="")
    created_at = TimeField(default=now)


def ensure(numbers: Mapping[str, tuple[str, str]]) -> None:
    """Make these numbers known: phone_number_id -> (account id, display number)."""
    values = [(key, *numbers[key], now()) for key in sorted(numbers)]
    bulk(
        "INSERT INTO number (phone_number_id, account_id, display_number, created_at) VALUES %s"
        " ON CONFLICT DO NOTHING",
        values,
    )


def sole() -> str | None:
    """The phone_number_id to send from where there is exactly one number."""
    found = [row.phone_number_id for row in Number.select(Number.phone_number_id).limit(2)]
    return found[0] if len(found) == 1 else None


def exists(phone_number_id: str) -> bool:
    return bool(Number.select().where(Number.phone_number_id == phone_number_id).exists())
