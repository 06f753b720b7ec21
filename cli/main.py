"""``parley``: what an operator does from a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cli import agents, dead_letters, doctor, numbers, other_updates, secret
from models import database, migrate
from models.database import is_unavailable
from models.startup import postgres_server
from realtime import startup
from settings import Settings, SettingsError

# Postgres may be starting beside us; one that does not come is for a person to see.
_MIGRATE_WAIT_S = 60.0


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

    agents.register(commands)
    doctor.register(commands)
    dead_letters.register(commands)
    numbers.register(commands)
    other_updates.register(commands)
    secret.register(commands)

    return parser


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    try:
        startup.wait_for([postgres_server(settings.database_url)], _tell, _MIGRATE_WAIT_S)
    except startup.Absent as error:
        print(f"Nothing was migrated. {error}. Start it, or mend DATABASE_URL.", file=sys.stderr)
        return 1
    names = migrate.down(database.database) if options.down else migrate.up(database.database)
    for name in names:
        print(f"{'took back' if options.down else 'applied'} {name}")
    if not names:
        print("The database is up to date.")
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
