"""``parley``: what an operator does from a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cli import agents, dead_letters, migrating, numbers, other_updates, secret
from cli.doctor import command
from models import database
from models.database import is_unavailable
from settings import BUCKET_SECRETS, WEBHOOK_SECRETS, Settings, SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 could not, 2 asked wrongly."""
    options = _parser().parse_args(arguments)
    # doctor tells by itself what is wrong with the settings, secret makes what they lack.
    if options.run in (command.run, secret.run):
        return int(options.run(options))
    try:
        settings = Settings.from_env(without=WEBHOOK_SECRETS | BUCKET_SECRETS)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    for doubt in settings.doubts:
        print(doubt, file=sys.stderr)
    database.bind(settings.database.url, 2)
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

    migrating.register(commands)
    agents.register(commands)
    command.register(commands)
    dead_letters.register(commands)
    numbers.register(commands)
    other_updates.register(commands)
    secret.register(commands)

    return parser


if __name__ == "__main__":
    sys.exit(main())
