"""``parley``: what an operator does from a shell."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence

import redis

from cli import dead_letters, doctor, numbers, secret
from models import agent, database, migrate
from models.agent import ROLES, EmailTaken
from models.database import is_unavailable
from realtime.connection import connect
from realtime.sessions import Sessions
from settings import Settings, SettingsError

_PASSWORD_SHORTEST = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 could not, 2 asked wrongly."""
    options = _parser().parse_args(arguments)
    # doctor tells by itself what is wrong with the settings, secret makes what they lack.
    if options.run in (doctor.run, secret.run):
        return int(options.run(options))
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    database.bind(settings.database_url, 2)
    try:
        return int(options.run(settings, options))
    except Exception as error:
        if not is_unavailable(error):
            raise
        print(
            f"Postgres cannot be used: {str(error).strip()}\nSee DATABASE_URL, or run: parley doctor",
            file=sys.stderr,
        )
        return 1
    finally:
        database.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parley", description="Parley, from a shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("migrate", help="bring the database up to date")
    up.add_argument("--down", action="store_true", help="take the newest migration back instead")
    up.set_defaults(run=_migrate)

    doctor.register(commands)
    dead_letters.register(commands)
    numbers.register(commands)
    secret.register(commands)

    agents = commands.add_parser("agent", help="people who answer").add_subparsers(
        required=True, metavar="ACTION"
    )
    create = agents.add_parser("create", help="a new agent; asks for the password, or reads it from a pipe")
    create.add_argument("email")
    create.add_argument("--name", help="shown to colleagues; default: the address before the @")
    create.add_argument("--role", choices=ROLES, default=agent.AGENT)
    create.set_defaults(run=_create_agent)
    password = agents.add_parser("password", help="set a new password and end the agent's sessions")
    password.add_argument("email")
    password.set_defaults(run=_set_password)
    return parser


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    names = migrate.down(database.database) if options.down else migrate.up(database.database)
    for name in names:
        print(f"{'took back' if options.down else 'applied'} {name}")
    if not names:
        print("The database is up to date.")
    return 0


def _create_agent(settings: Settings, options: argparse.Namespace) -> int:
    if "@" not in options.email:
        print(f"{options.email!r} is no e-mail address; write one like ada@example.com.", file=sys.stderr)
        return 2
    password = _ask_password()
    if password is None:
        return 2
    name = options.name or options.email.partition("@")[0]
    try:
        who = agent.create(options.email, name, options.role, password)
    except EmailTaken:
        print(
            f"There is an agent {options.email} already; parley agent password sets a new password.",
            file=sys.stderr,
        )
        return 1
    print(f"Created {who.role} {who.email} ({who.id}).")
    return 0


def _set_password(settings: Settings, options: argparse.Namespace) -> int:
    password = _ask_password()
    if password is None:
        return 2
    who = agent.set_password(options.email, password)
    if who is None:
        print(f"There is no agent {options.email}; parley agent create makes one.", file=sys.stderr)
        return 1
    digests = agent.end_sessions(who.id)
    print(f"The password of {who.email} is set; log in anew.")
    try:
        Sessions(connect(settings.redis_url)).end(who.id, digests)
    except redis.RedisError as error:
        print(
            f"Redis cannot be used ({type(error).__name__}), so sockets that are open now stay open. "
            "Run this again when it is back: parley doctor says more.",
            file=sys.stderr,
        )
        return 1
    return 0


def _ask_password() -> str | None:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(password) < _PASSWORD_SHORTEST:
        print(
            f"The password has {len(password)} characters; at least {_PASSWORD_SHORTEST} are needed.",
            file=sys.stderr,
        )
        return None
    return password


if __name__ == "__main__":
    sys.exit(main())
