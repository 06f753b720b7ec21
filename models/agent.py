"""Agents and their sessions. Passwords are argon2, tokens 256 random bits of which only the SHA-256 is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import peewee
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from models.database import IdField, Table, TimeField, database, rows
from models.ids import new_id
from realtime.events import now
from realtime.sessions import digest

ADMIN = "admin"
AGENT = "agent"
ROLES = (ADMIN, AGENT)
DEVELOPMENT_EMAIL = "agent@localhost"

_hasher = PasswordHasher()
# Checked where the account is unknown, so that the time of an answer does not tell who has one.
_NOBODY = _hasher.hash("nobody's password")


class Agent(Table):
    id = IdField(primary_key=True, default=new_id)
    email = peewee.TextField(unique=True)
    name = peewee.TextField()
    role = peewee.TextField(default=AGENT)
    password_hash = peewee.TextField(null=True)
    disabled_at = TimeField(null=True)
    created_at = TimeField(default=now)


class AgentSession(Table):
    digest = peewee.TextField(primary_key=True)
    agent = peewee.ForeignKeyField(Agent, on_delete="CASCADE", index=True)
    expires_at = TimeField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "agent_session"


class Who(NamedTuple):
    """An agent as the rest of the house knows one."""

    id: str
    email: str
    name: str
    role: str


class EmailTaken(Exception):
    """There is an agent with this address already."""


def _who(agent: Agent) -> Who:
    return Who(agent.id, agent.email, agent.name, agent.role)


def create(email: str, name: str, role: str, password: str | None) -> Who:
    """A new agent; without a password nobody can log in as it. Raises EmailTaken."""
    hashed = _hasher.hash(password) if password else None
    try:
        with database.atomic():
            made = Agent.create(email=email.strip().lower(), name=name, role=role, password_hash=hashed)
    except peewee.IntegrityError:
        raise EmailTaken(email) from None
    return _who(made)


def set_password(email: str, password: str) -> Who | None:
    """Give an agent a new password; its sessions go on until ``end_sessions``. None where the address is unknown."""
    agent = Agent.get_or_none(Agent.email == email.strip().lower())
    if agent is None:
        return None
    agent.password_hash = _hasher.hash(password)
    agent.save()
    return _who(agent)


def set_disabled(email: str, disabled: bool) -> Who | None:
    """Let an agent log in no more, or again; its sessions go on until ``end_sessions``. None where the address is
    unknown."""
    agent = Agent.get_or_none(Agent.email == email.strip().lower())
    if agent is None:
        return None
    agent.disabled_at = now() if disabled else None
    agent.save()
    return _who(agent)


def development() -> Who:
    """The agent as whom requests without credentials act while the house is open (development only)."""
    agent = Agent.get_or_none(Agent.email == DEVELOPMENT_EMAIL)
    if agent is not None:
        return _who(agent)
    try:
        return create(DEVELOPMENT_EMAIL, "Development Agent", ADMIN, None)
    except EmailTaken:
        return development()


def log_in(email: str, password: str, days: int) -> tuple[Who, str, datetime] | None:
    """A new session: the agent, its token (shown this once) and when it ends; None where they do not match."""
    agent = Agent.get_or_none(Agent.email == email.strip().lower())
    hashed = agent.password_hash if agent is not None and agent.disabled_at is None else None
    try:
        _hasher.verify(hashed or _NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return None
    if agent is None or hashed is None:
        return None
    token, ends = secrets.token_urlsafe(32), now() + timedelta(days=days)
    AgentSession.create(digest=digest(token), agent=agent, expires_at=ends)
    return _who(agent), token, ends


def by_token(token: str) -> tuple[Who, datetime] | None:
    """Whose session a token is, and when it ends; None where it is unknown, expired or its agent disabled."""
    found = rows(
        "SELECT a.id, a.email, a.name, a.role, s.expires_at FROM agent_session s JOIN agent a ON a.id = s.agent_id"
        " WHERE s.digest = %s AND s.expires_at > now() AND a.disabled_at IS NULL",
        (digest(token),),
    )
    return (Who(*found[0][:4]), found[0][4]) if found else None


def log_out(token: str) -> None:
    """End one session."""
    AgentSession.delete().where(AgentSession.digest == digest(token)).execute()


def end_sessions(agent_id: str) -> list[str]:
    """End all sessions of an agent; returns their digests."""
    found = rows("DELETE FROM agent_session WHERE agent_id = %s RETURNING digest", (agent_id,))
    return [row[0] for row in found]


def everyone() -> list[Who]:
    """All agents by name, those who left included: their messages stay."""
    return [_who(each) for each in Agent.select().order_by(Agent.name, Agent.id)]


def delete_expired_sessions() -> None:
    rows("DELETE FROM agent_session WHERE expires_at < now()")


def count() -> int:
    """How many agents there are."""
    return int(Agent.select().count())


def exists(agent_id: str) -> bool:
    """Whether there is such an agent who may still log in."""
    return bool(Agent.select().where((Agent.id == agent_id) & Agent.disabled_at.is_null()).exists())
