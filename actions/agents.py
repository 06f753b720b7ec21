"""Agents: who works here, and who no more. Who leaves is disabled and not deleted: their messages keep their name."""

from __future__ import annotations

from typing import NoReturn

from actions.transactions import Transactions
from models.actors import agents, logins, password_rules
from models.actors.actors import Actor
from models.actors.agents import Agent, EmailTaken
from models.actors.logins import Ended
from schema.errors import Refused

AGENT = "agent"


class Agents:
    """The verbs. Whoever ends sessions is handed their digests, to end the sockets too."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def create(self, actor: Actor, email: str, name: str, role: str, password: str) -> Agent:
        """A new agent. Raises Refused: invalid, email_taken."""
        if "@" not in email:
            problem = f"{email[:60]!r} is no e-mail address; write one like ada@example.com."
            raise Refused("invalid", problem, fields={"email": problem})
        _check(password, email, name)
        with self._transactions.begin(actor) as transaction:
            try:
                agent = agents.create(email, name, role, password)
            except EmailTaken:
                raise Refused("email_taken", f"There is an agent {email} already.") from None
            transaction.note("agent.create", AGENT, agent.id, after={"role": role})
        return agent

    def set_password(self, actor: Actor, email: str, password: str) -> Ended:
        """A new password; all sessions end. Raises Refused: invalid, not_found."""
        _check(password, email, "")
        with self._transactions.begin(actor) as transaction:
            ended = logins.set_password(email, password) or _unknown(email)
            transaction.note("agent.password", AGENT, ended.agent.id)
        return ended

    def disable(self, actor: Actor, email: str) -> Ended:
        """Let an agent in no more; all sessions end. Raises Refused not_found."""
        with self._transactions.begin(actor) as transaction:
            ended = logins.disable(email) or _unknown(email)
            transaction.note("agent.disable", AGENT, ended.agent.id)
        return ended

    def enable(self, actor: Actor, email: str) -> Agent:
        """Let an agent log in again. Raises Refused not_found."""
        with self._transactions.begin(actor) as transaction:
            agent = logins.enable(email) or _unknown(email)
            transaction.note("agent.enable", AGENT, agent.id)
        return agent


def _check(password: str, email: str, name: str) -> None:
    problem = password_rules.problem(password, email, name)
    if problem is not None:
        raise Refused("invalid", problem, fields={"password": problem})


def _unknown(email: str) -> NoReturn:
    raise Refused("not_found", f"There is no agent {email}; parley agent create makes one.")
