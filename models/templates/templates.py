"""Message templates as Meta has them: a copy for each account, brought up to date by syncs and by webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import peewee

from ground.clock import now
from ground.ids import new_id
from models.database import IdField, JsonField, Table, TimeField, rows
from models.page import Cursor, Page, keyset
from schema.views import TemplateView
from whatsapp.templates.definitions import Template as Definition

DELETED = "DELETED"


class Template(Table):
    """``components`` is null while only a webhook has told of the template. ``marks`` says when each column was
    told (models/newest.py), ``synced_at`` when Meta listed it last."""

    id = IdField(primary_key=True, default=new_id)
    account_id = peewee.TextField()
    template_id = peewee.TextField(default="")
    name = peewee.TextField()
    language = peewee.TextField()
    category = peewee.TextField(default="")
    status = peewee.TextField(default="")
    quality = peewee.TextField(default="")
    reason = peewee.TextField(default="")
    parameter_format = peewee.TextField(default="")
    components = JsonField(null=True)
    marks = JsonField(default=dict)
    revision = peewee.IntegerField(default=1)
    synced_at = TimeField(null=True)
    updated_at = TimeField(default=now)

    class Meta:
        indexes = ((("account_id", "name", "language"), True),)


FACTS = (
    "template_id",
    "category",
    "status",
    "quality",
    "reason",
    "parameter_format",
    "components",
)
"""The columns that news may change."""
_VIEW = ("id", "account_id", "name", "language", *FACTS, "revision", "updated_at")
COLUMNS = ", ".join(f"t.{name}" for name in _VIEW)


class Filter(NamedTuple):
    """Which templates to list; None does not filter."""

    account_id: str | None = None
    status: str | None = None
    language: str | None = None
    name: str | None = None


class Shelf(NamedTuple):
    """What is known of the templates of one name: ``synced`` tells whether their account was ever listed."""

    synced: bool
    languages: dict[str, Definition]


def view(row: Sequence[Any]) -> TemplateView:
    """A row of COLUMNS as a client sees it."""
    return TemplateView(**dict(zip(_VIEW, row, strict=True)))


def page(chosen: Filter, limit: int, cursor: Cursor | None) -> Page[TemplateView]:
    """One page of templates, those that became known last first."""
    given = [(name, value) for name, value in chosen._asdict().items() if value is not None]
    return keyset(
        f"SELECT {COLUMNS} FROM template t",
        [f"t.{name} = %s" for name, _ in given],
        [value for _, value in given],
        keys=("t.id",),
        key_of=lambda template: (template.id,),
        make=view,
        limit=limit,
        cursor=cursor,
    )


def shelf(phone_number_id: str, name: str) -> Shelf:
    """The templates of this name that this number may send, by language."""
    accounts = [
        row[0] for row in rows("SELECT account_id FROM number WHERE phone_number_id = %s", (phone_number_id,))
    ]
    synced = rows(
        "SELECT 1 FROM template WHERE account_id = ANY(%s) AND synced_at IS NOT NULL LIMIT 1", (accounts,)
    )
    records = rows(
        "SELECT name, language, category, status, parameter_format, components FROM template"
        " WHERE account_id = ANY(%s) AND name = %s AND status <> %s",
        (accounts, name, DELETED),
    )
    return Shelf(bool(synced), {row[1]: Definition.of(*row) for row in records})


def last_synced(account_id: str) -> Any:
    """When Meta last listed the account's templates, or None."""
    return rows("SELECT max(synced_at) FROM template WHERE account_id = %s", (account_id,))[0][0]
