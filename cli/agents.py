"""``parley agent``: people who answer. Who leaves is disabled and not deleted: their messages keep their name."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

import redis

from actions.agents import Agents
from actions.transactions import Transactions
from models.actors import agents
from models.actors.actors import OPERATOR
from models.actors.agents import ROLES
from models.actors.logins import Ended
from models.ledger import event_log
from realtime.connection import connect
from realtime.sessions import Sessions
from schema.errors import Refused
from settings import Settings


def register(commands: Any) -> None:
    """Add the commands to ``parley``."""
    actions = commands.add_parser("agent", help="people who answer").add_subparsers(
        required=True, metavar="ACTION"
    )
    create = actions.add_parser("create", help="a new agent; asks for the password, or reads it from a pipe")
    create.add_argument("email")
    create.add_argument("--name", help="shown to colleagues; default: the address before the @")
    create.add_argument("--role", choices=ROLES, default=agents.AGENT)
    create.set_defaults(run=_create)
    for name, run, help_text in (
        ("password", _set_password, "set a new password and end the agent's sessions"),
        ("disable", _disable, "let an agent in no more, and end their sessions and sockets"),
        ("enable", _enable, "let a disabled agent in again"),
    ):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("email")
        action.set_defaults(run=run)


def _create(settings: Settings, options: argparse.Namespace) -> int:
    name = options.name or options.email.partition("@")[0]
    try:
        agent = _agents().create(OPERATOR, options.email, name, options.role, _ask_password())
    except Refused as refused:
        hint = " parley agent password sets a new password." if refused.code == "email_taken" else ""
        return _refused(refused, hint)
    print(f"Created {agent.role} {agent.email} ({agent.id}).")
    return 0


def _set_password(settings: Settings, options: argparse.Namespace) -> int:
    try:
        ended = _agents().set_password(OPERATOR, options.email, _ask_password())
    except Refused as refused:
        return _refused(refused)
    print(f"The password of {ended.agent.email} is set; log in anew.")
    return _end_sockets(settings, ended)


def _disable(settings: Settings, options: argparse.Namespace) -> int:
    try:
        ended = _agents().disable(OPERATOR, options.email)
    except Refused as refused:
        return _refused(refused)
    print(f"{ended.agent.email} is let in no more; parley agent enable takes that back.")
    return _end_sockets(settings, ended)


def _enable(settings: Settings, options: argparse.Namespace) -> int:
    try:
        agent = _agents().enable(OPERATOR, options.email)
    except Refused as refused:
        return _refused(refused)
    print(f"{agent.email} may log in.")
    return 0


def _agents() -> Agents:
    """Without Redis: the next sweep publishes the events."""
    return Agents(Transactions(event_log.write))


def _refused(refused: Refused, hint: str = "") -> int:
    """2 where the command was asked wrongly, 1 where it could not be done."""
    print(f"{refused.message}{hint}", file=sys.stderr)
    return 2 if refused.code == "invalid" else 1


def _end_sockets(settings: Settings, ended: Ended) -> int:
    try:
        Sessions(connect(settings.redis.url)).end_all(ended.agent.id, ended.digests)
    except redis.RedisError as error:
        print(
            f"Redis cannot be used ({type(error).__name__}), so sockets that are open now stay open. "
            "Run this again when it is back: parley doctor says more.",
            file=sys.stderr,
        )
        return 1
    return 0


def _ask_password() -> str:
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
