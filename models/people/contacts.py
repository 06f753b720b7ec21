"""Customers. One is known by a phone, by Meta's business-scoped user id, or by both; a group by its id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import peewee
import structlog

from ground.clock import now
from ground.ids import new_id
from models import sql
from models.database import IdField, Table, TimeField, rows
from schema.views import ContactView
from whatsapp.inbound.updates import Customer

_log = structlog.get_logger(__name__)


class Contact(Table):
    id = IdField(primary_key=True, default=new_id)
    phone = peewee.TextField(null=True, unique=True)
    user_id = peewee.TextField(null=True, unique=True)
    name = peewee.TextField(default="")
    username = peewee.TextField(null=True)
    group_id = peewee.TextField(null=True, unique=True)
    marketing_opted_out_at = TimeField(null=True)
    marketing_told_at = TimeField(null=True)
    subject_told_at = TimeField(null=True)
    created_at = TimeField(default=now)


class _Row(NamedTuple):
    id: str
    name: str
    phone: str | None
    user_id: str | None
    username: str | None
    group_id: str | None

    def view(self) -> ContactView:
        return ContactView(**self._asdict())


class Directory:
    """The contacts of one batch, found by phone or by user id. ``changed`` are those that it told anything new of,
    by id."""

    def __init__(self, records: Iterable[_Row] = (), changed: Iterable[str] = ()) -> None:
        self.changed = set(changed)
        self._by_phone: dict[str, _Row] = {}
        self._by_user_id: dict[str, _Row] = {}
        self._by_group_id: dict[str, _Row] = {}
        for row in records:
            self.add(row)

    def add(self, row: _Row) -> None:
        if row.phone:
            self._by_phone[row.phone] = row
        if row.user_id:
            self._by_user_id[row.user_id] = row
        if row.group_id:
            self._by_group_id[row.group_id] = row

    def find(self, customer: Customer) -> _Row | None:
        """By user id first: a phone may change hands, Meta's id for a person does not."""
        if customer.group_id:
            return self._by_group_id.get(customer.group_id)
        row = self._by_user_id.get(customer.user_id) if customer.user_id else None
        return row or (self._by_phone.get(customer.phone) if customer.phone else None)

    def keeps_apart(self, row: _Row) -> bool:
        """Whether no other contact has an id of this row's."""
        others = (self._by_phone.get(row.phone or ""), self._by_user_id.get(row.user_id or ""))
        return all(other is None or other.id == row.id for other in others)


_COLUMNS = sql.columns(Contact, _Row._fields)


def ensure(customers: Iterable[Customer]) -> Directory:
    """Find or make a contact for each customer, and learn what is new about the known ones.

    Must run in a transaction. Another process may make the same contact meanwhile: it is then read back.
    """
    wanted = list(customers)
    directory = Directory(_lookup(wanted))
    missing = Directory()
    fresh: dict[str, _Row] = {}
    for customer in wanted:
        row = directory.find(customer)
        if row is not None:
            _learn(directory, row, customer)
        elif row := _drafted(missing, customer):
            missing.add(row)
            fresh[row.id] = row
    if fresh:
        _insert(fresh.values())
        directory = Directory(_lookup(wanted), directory.changed)
    return directory


def _drafted(missing: Directory, customer: Customer) -> _Row | None:
    """The row to make for somebody nobody knew before this batch: a new one, or the one drafted with what this
    customer adds to it. None where that would mix it with another."""
    row = missing.find(customer)
    if row is None:
        return _new_row(customer)
    more = _with(row, customer)
    return more if missing.keeps_apart(more) else None


def _new_row(customer: Customer) -> _Row:
    return _Row(
        id=new_id(),
        name=customer.name or ("Group" if customer.group_id else ""),
        phone=customer.phone,
        user_id=customer.user_id,
        username=customer.username,
        group_id=customer.group_id,
    )


def _lookup(customers: list[Customer]) -> list[_Row]:
    phones = list({customer.phone for customer in customers if customer.phone})
    user_ids = list({customer.user_id for customer in customers if customer.user_id})
    group_ids = list({customer.group_id for customer in customers if customer.group_id})
    records = rows(
        f"SELECT {_COLUMNS} FROM contact WHERE phone = ANY(%s) OR user_id = ANY(%s) OR group_id = ANY(%s)",
        (phones, user_ids, group_ids),
    )
    return [_Row(*row) for row in records]


def _insert(fresh: Iterable[_Row]) -> None:
    moment = now()
    new = [row._asdict() | {"created_at": moment} for row in fresh]
    sql.insert(Contact, new, "ON CONFLICT DO NOTHING")


def _learn(directory: Directory, row: _Row, customer: Customer) -> None:
    """Take over what this delivery knows and the row does not."""
    known = _with(row, customer)
    if known == row:
        return
    taken = rows(
        "UPDATE contact SET name = %s, username = %s, phone = %s, user_id = %s WHERE id = %s"
        " AND NOT EXISTS (SELECT FROM contact o WHERE o.id <> %s AND (o.phone = %s OR o.user_id = %s))"
        " RETURNING id",
        (known.name, known.username, known.phone, known.user_id, row.id, row.id, known.phone, known.user_id),
    )
    if taken:
        directory.add(known)
        directory.changed.add(row.id)


def learn_phone(contact_id: str, phone: str) -> bool:
    """Take over the phone that somebody gave who had none; whether that changed anything.

    One that another contact has stays there: which of the two is who, Meta has not said.
    """
    taken = rows(
        "UPDATE contact SET phone = %s WHERE id = %s AND phone IS NULL"
        " AND NOT EXISTS (SELECT FROM contact o WHERE o.phone = %s) RETURNING id",
        (phone, contact_id, phone),
    )
    if not taken:
        _tell_of_another(contact_id, phone)
    return bool(taken)


def _tell_of_another(contact_id: str, phone: str) -> None:
    others = rows("SELECT id FROM contact WHERE phone = %s AND id <> %s", (phone, contact_id))
    for (other_id,) in others:
        _log.info("phone_is_anothers", contact_id=contact_id, other_contact_id=other_id)


def _with(row: _Row, customer: Customer) -> _Row:
    """The row with what the customer adds to it: a name, a username, the other id."""
    return row._replace(
        name=customer.name or row.name,
        username=customer.username or row.username,
        phone=row.phone or customer.phone,
        user_id=row.user_id or customer.user_id,
    )


def find_or_create(customer: Customer) -> ContactView:
    """The contact of somebody an agent writes to."""
    row = ensure([customer]).find(customer)
    assert row is not None
    return row.view()
