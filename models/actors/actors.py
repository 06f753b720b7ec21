"""Actors: whoever does something here, be it a person, a program, a bot or the house itself."""

from __future__ import annotations

from typing import NamedTuple

import peewee

from ground.clock import now
from models.database import IdField, Table, TimeField

AGENT, TOKEN, BOT, SYSTEM = "agent", "token", "bot", "system"
KINDS = (AGENT, TOKEN, BOT, SYSTEM)


class ActorRow(Table):
    """The row of an actor. One id space: an agent's is the agent's."""

    id = IdField(primary_key=True)
    kind = peewee.TextField()
    name = peewee.TextField()
    created_at = TimeField(default=now)

    class Meta:
        table_name = "actor"


class Actor(NamedTuple):
    """Who does something, and ``origin``, from where: a client's address, or ``shell``; empty for the house."""

    kind: str
    id: str
    name: str
    origin: str = ""

    @property
    def agent_id(self) -> str | None:
        """Where a person does it: who of the agents."""
        return self.id if self.kind == AGENT else None


PARLEY = Actor(SYSTEM, "00000000-0000-7000-8000-000000000001", "Parley")
"""The house itself: sweeps and rules."""
OPERATOR = Actor(SYSTEM, "00000000-0000-7000-8000-000000000002", "Operator", "shell")
"""Whoever has a shell on the host."""
