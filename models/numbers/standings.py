"""How each number stands at Meta: its quality, limits and name, and what its account was told last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import peewee

from ground.clock import now
from models import folding, sql
from models.database import JsonField, Table, TimeField, rows
from models.newest import fold
from schema.events import NumberUpdated
from schema.views import ErrorView, HoldView, NumberView
from whatsapp.inbound.calls import digits
from whatsapp.inbound.updates import NumberNews


class NumberStanding(Table):
    """A row for each number Meta told something of. ``marks`` says when each column was told."""

    phone_number_id = peewee.TextField(primary_key=True)
    verified_name = peewee.TextField(default="")
    name_status = peewee.TextField(default="")
    quality = peewee.TextField(default="")
    messaging_limit = peewee.TextField(default="")
    status = peewee.TextField(default="")
    account_event = peewee.TextField(default="")
    alert = peewee.TextField(default="")
    marks = JsonField(default=dict)
    revision = peewee.IntegerField(default=1)
    updated_at = TimeField(default=now)

    class Meta:
        table_name = "number_standing"


FACTS = ("verified_name", "name_status", "quality", "messaging_limit", "status", "account_event", "alert")
"""The columns that news may change."""
_VIEW = ("phone_number_id", "account_id", "display_number", *FACTS, "revision", "updated_at")
_SELECT = (
    "SELECT n.phone_number_id, n.account_id, n.display_number,"
    f" {', '.join(f's.{name}' for name in FACTS)}, s.revision, s.updated_at, h.error, h.since, h.until"
    " FROM number n JOIN number_standing s ON s.phone_number_id = n.phone_number_id"
    " LEFT JOIN number_hold h ON h.phone_number_id = n.phone_number_id"
)


class _Standing:
    """A number's row while news is folded into it."""

    def __init__(self, row: Any) -> None:
        self.id: str = row.phone_number_id
        self.account_id: str = row.account_id
        self.display_number: str = row.display_number
        self.marks: dict[str, str] = row.marks
        self.revision: int = row.revision
        self.updated_at: datetime = row.updated_at
        self.facts = {name: getattr(row, name) for name in FACTS}
        self.changed = False

    def meant_by(self, news: NumberNews) -> bool:
        if news.phone_number_id:
            return bool(self.id == news.phone_number_id)
        if self.account_id != news.account_id:
            return False
        return news.display_number in ("", digits(str(self.display_number)))

    def fold(self, news: NumberNews, moment: datetime) -> None:
        known = {name: value for name, value in news.changes.items() if name in FACTS}
        if fold(self.facts, self.marks, known, news.at or moment):
            self.changed, self.updated_at = True, moment

    def record(self) -> dict[str, Any]:
        fields = {"phone_number_id": self.id, "marks": self.marks, "updated_at": self.updated_at}
        return fields | self.facts


def apply(news: Sequence[NumberNews]) -> list[NumberUpdated]:
    """Fold what Meta told into the numbers it is of; news of a number nobody knows changes nothing.

    Must run in a transaction. Returns the events: one for each number that changed.
    """
    if not news:
        return []
    standings, moment, touched = _lock(news), now(), {}
    for item in news:
        for one in standings:
            if one.meant_by(item):
                one.fold(item, moment)
                touched[one.id] = one
    folding.store_all(NumberStanding, touched.values(), key="phone_number_id")
    records = rows(f"{_SELECT} WHERE n.phone_number_id = ANY(%s) ORDER BY 1", (list(touched),))
    return [NumberUpdated(number=_view(row)) for row in records if touched[row[0]].changed]


def touch(phone_number_id: str) -> list[NumberUpdated]:
    """Something beside these columns changed: a new revision, and the event. Must run in a transaction."""
    rows(
        "INSERT INTO number_standing AS s (phone_number_id) VALUES (%s)"
        " ON CONFLICT (phone_number_id) DO UPDATE SET revision = s.revision + 1, updated_at = now()",
        (phone_number_id,),
    )
    view = find(phone_number_id)
    return [NumberUpdated(number=view)] if view else []


def find(phone_number_id: str) -> NumberView | None:
    """How a number stands; None where Meta has not told anything of it."""
    records = rows(f"{_SELECT} WHERE n.phone_number_id = %s", (phone_number_id,))
    return _view(records[0]) if records else None


def on_hold() -> list[NumberView]:
    """The numbers that may not send at present, removed ones too."""
    return [_view(row) for row in rows(f"{_SELECT} WHERE h.phone_number_id IS NOT NULL ORDER BY 1")]


def _view(row: tuple[Any, ...]) -> NumberView:
    *fields, error, since, until = row
    hold = HoldView(error=msgspec.convert(error, ErrorView), since=since, until=until) if error else None
    return NumberView(**dict(zip(_VIEW, fields, strict=True)), hold=hold)


def _lock(news: Sequence[NumberNews]) -> list[_Standing]:
    """The numbers of these accounts, and those named, each with a row of its standing."""
    wanted = (
        [item.account_id for item in news if item.account_id],
        [item.phone_number_id for item in news if item.phone_number_id],
    )
    where = "(n.account_id = ANY(%s) OR n.phone_number_id = ANY(%s))"
    rows(
        "INSERT INTO number_standing (phone_number_id) SELECT n.phone_number_id FROM number n"
        f" WHERE {where} ORDER BY 1 ON CONFLICT DO NOTHING",
        wanted,
    )
    locked = folding.lock(
        _Standing,
        "SELECT n.phone_number_id, n.account_id, n.display_number, s.marks, s.revision, s.updated_at,"
        f" {sql.columns(NumberStanding, FACTS, 's')}"
        " FROM number n JOIN number_standing s ON s.phone_number_id = n.phone_number_id"
        f" WHERE {where} ORDER BY 1",
        wanted,
        of="s",
    )
    return list(locked.values())
