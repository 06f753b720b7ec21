"""Who gets in: sessions, and the two ways an operator ends all of an agent's.

A session is begun under the agent's row lock, with what was verified looked at again; a new password and a
disabled agent take the same lock and end the sessions before they let it go. So whatever order they come in,
no session is left that the other would not have allowed. Tokens are 256 random bits of which only the SHA-256
is kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import peewee

from ground.clock import now
from ground.digest import digest
from models.actors import passwords
from models.actors.agents import Agent, AgentRow
from models.database import Table, TimeField, database, rows


class AgentSession(Table):
    digest = peewee.TextField(primary_key=True)
    agent = peewee.ForeignKeyField(AgentRow, on_delete="CASCADE", index=True)
    expires_at = TimeField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "agent_session"


class Session(NamedTuple):
    """A login: whose, its token (shown this once) and when it ends."""

    agent: Agent
    token: str
    ends: datetime


class Ended(NamedTuple):
    """An agent all of whose sessions were ended, and the digests of their tokens."""

    agent: Agent
    digests: list[str]


def log_in(email: str, password: str, days: int) -> Session | None:
    """A new session; None where the account is unknown or disabled, or has another password."""
    while True:
        agent = AgentRow.get_or_none(AgentRow.email == email.strip().lower())
        stored = agent.password_hash if agent is not None and agent.disabled_at is None else None
        if not passwords.matches(stored, password) or agent is None or stored is None:
            return None
        session = _begin(agent.id, stored, passwords.renewed(stored, password), days)
        if session is not None:
            return session  # else the account changed while the password was checked: it counts as it is now


def _begin(agent_id: str, verified: str, stored: str, days: int) -> Session | None:
    """Begin a session of an agent who is not disabled and whose password is still the one that was verified."""
    token, ends = secrets.token_urlsafe(32), now() + timedelta(days=days)
    with database.atomic():
        updated = rows(
            "UPDATE agent SET password_hash = %s WHERE id = %s AND password_hash = %s AND disabled_at IS NULL"
            " RETURNING id, email, name, role",
            (stored, agent_id, verified),
        )
        if not updated:
            return None
        AgentSession.create(digest=digest(token), agent=agent_id, expires_at=ends)
    return Session(Agent(*updated[0]), token, ends)


def by_token(token: str) -> tuple[Agent, datetime] | None:
    """Whose session a token is, and when it ends; None where it is unknown, expired or its agent disabled."""
    sessions = rows(
        "SELECT a.id, a.email, a.name, a.role, s.expires_at FROM agent_session s JOIN agent a ON a.id = s.agent_id"
        " WHERE s.digest = %s AND s.expires_at > now() AND a.disabled_at IS NULL",
        (digest(token),),
    )
    return (Agent(*sessions[0][:4]), sessions[0][4]) if sessions else None


def log_out(token: str) -> None:
    """End one session."""
    AgentSession.delete().where(AgentSession.digest == digest(token)).execute()


def set_password(email: str, password: str) -> Ended | None:
    """Give an agent a new password and end all sessions; None where the address is unknown."""
    return _change_and_end(email, "password_hash", passwords.hashed(password))


def disable(email: str) -> Ended | None:
    """Let an agent in no more and end all sessions; None where the address is unknown."""
    return _change_and_end(email, "disabled_at", now())


def enable(email: str) -> Agent | None:
    """Let an agent log in again; None where the address is unknown."""
    return _change(email, "disabled_at", None)


def _change_and_end(email: str, column: str, value: object) -> Ended | None:
    with database.atomic():
        agent = _change(email, column, value)
        if agent is None:
            return None
        # A statement of its own, after the lock is held: it sees the sessions that were begun until then.
        ended = rows("DELETE FROM agent_session WHERE agent_id = %s RETURNING digest", (agent.id,))
    return Ended(agent, [row[0] for row in ended])


def _change(email: str, column: str, value: object) -> Agent | None:
    updated = rows(
        f"UPDATE agent SET {column} = %s WHERE email = %s RETURNING id, email, name, role",
        (value, email.strip().lower()),
    )
    return Agent(*updated[0]) if updated else None


def delete_expired_sessions() -> None:
    rows("DELETE FROM agent_session WHERE expires_at < now()")
