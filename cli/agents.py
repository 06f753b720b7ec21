"""``parley agent``: people who answer. Who leaves is disabled and not deleted: their messages keep their name."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

import redis

from models.actors import agents, logins, password_rules
from models.actors.agents import ROLES, EmailTaken
from models.actors.logins import Ended
from realtime.connection import connect
from realtime.sessions import Sessions
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
    if "@" not in options.email:
        print(f"{options.email!r} is no e-mail address; write one like ada@example.com.", file=sys.stderr)
        return 2
    name = options.name or options.email.partition("@")[0]
    password = _ask_password(options.email, name)
    if password is None:
        return 2
    try:
        who = agents.create(options.email, name, options.role, password)
    except EmailTaken:
        print(
            f"There is an agent {options.email} already; parley agent password sets a new password.",
            file=sys.stderr,
        )
        return 1
    print(f"Created {who.role} {who.email} ({who.id}).")
    return 0


def _set_password(settings: Settings, options: argparse.Namespace) -> int:
    password = _ask_password(options.email)
    if password is None:
        return 2
    ended = logins.set_password(options.email, password)
    if ended is None:
        return _unknown(options.email)
    print(f"The password of {ended.who.email} is set; log in anew.")
    return _end_sockets(settings, ended)


def _disable(settings: Settings, options: argparse.Namespace) -> int:
    ended = logins.disable(options.email)
    if ended is None:
        return _unknown(options.email)
    print(f"{ended.who.email} is let in no more; parley agent enable takes that back.")
    return _end_sockets(settings, ended)


def _enable(settings: Settings, options: argparse.Namespace) -> int:
    who = logins.enable(options.email)
    if who is None:
        return _unknown(options.email)
    print(f"{who.email} may log in.")
    return 0


def _unknown(email: str) -> int:
    print(f"There is no agent {email}; parley agent create makes one.", file=sys.stderr)
    return 1


def _end_sockets(settings: Settings, ended: Ended) -> int:
    try:
        Sessions(connect(settings.redis_url)).end_all(ended.who.id, ended.digests)
    except redis.RedisError as error:
        print(
            f"Redis cannot be used ({type(error).__name__}), so sockets that are open now stay open. "
            "Run this again when it is back: parley doctor says more.",
            file=sys.stderr,
        )
        return 1
    return 0


def _ask_password(email: str, name: str = "") -> str | None:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    problem = password_rules.problem(password, email, name)
    if problem is not None:
        print(problem, file=sys.stderr)
        return None
    return password
