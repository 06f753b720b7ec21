"""Agents: who works here. Their logins are in models/actors/logins.py."""

from __future__ import annotations

from typing import NamedTuple

import peewee

from ground.clock import now
from ground.ids import new_id
from models.actors import actors, passwords
from models.actors.actors import ActorRow
from models.database import IdField, Table, TimeField, database
from whatsapp.text import plain_name

ADMIN = "admin"
AGENT = "agent"
ROLES = (ADMIN, AGENT)
DEVELOPMENT_EMAIL = "agent@localhost"


class AgentRow(Table):
    """The row of an agent, with what lets one in."""

    id = IdField(primary_key=True, default=new_id)
    email = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField(default=AGENT)
    password_hash = peewee.TextField(null=True)
    disabled_at = TimeField(null=True)
    created_at = TimeField(default=now)

    class Meta:
        table_name = "agent"


class Agent(NamedTuple):
    """An agent as the rest of the house knows one."""

    id: str
    email: str
    name: str
    role: str


class EmailTaken(Exception):
    """There is an agent with this address already."""


def _agent(row: AgentRow) -> Agent:
    return Agent(row.id, row.email, row.name, row.role)


def create(email: str, name: str, role: str, password: str | None) -> Agent:
    """A new agent; without a password nobody can log in as it. Raises EmailTaken."""
    hashed = passwords.hashed(password) if password else None
    try:
        with database.atomic():
            made = AgentRow.create(
                email=email.strip().lower(), name=plain_name(name), role=role, password_hash=hashed
            )
            ActorRow.create(id=made.id, kind=actors.AGENT, name=made.name)
    except peewee.IntegrityError:
        raise EmailTaken(email) from None
    return _agent(made)


def development() -> Agent:
    """The agent as whom requests without credentials act while the house is open (development only)."""
    row = AgentRow.get_or_none(AgentRow.email == DEVELOPMENT_EMAIL)
    if row is not None:
        return _agent(row)
    try:
        return create(DEVELOPMENT_EMAIL, "Development Agent", ADMIN, None)
    except EmailTaken:
        return development()


def id_of(email: str) -> str | None:
    """Whose address this is; None where it is nobody's."""
    row = AgentRow.get_or_none(AgentRow.email == email.strip().lower())
    return row.id if row else None


def everyone() -> list[Agent]:
    """All agents by name, those who left included: their messages stay."""
    return [_agent(row) for row in AgentRow.select().order_by(AgentRow.name, AgentRow.id)]


def count() -> int:
    """How many agents there are."""
    return int(AgentRow.select().count())


def exists(agent_id: str) -> bool:
    """Whether there is such an agent who may still log in."""
    return bool(AgentRow.select().where((AgentRow.id == agent_id) & AgentRow.disabled_at.is_null()).exists())
