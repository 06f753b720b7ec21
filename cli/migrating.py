"""``parley migrate``: the database brought up to date, or the newest migration taken back."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ground import waiting
from models import migrate
from models.database import database
from models.migrate import Loss
from models.startup import postgres_server
from settings import Settings

# Postgres may be starting beside us; one that does not come is for a person to see.
_WAIT_S = 60.0


def register(commands: Any) -> None:
    """The command's place in ``parley``."""
    parser = commands.add_parser("migrate", help="bring the database up to date")
    parser.add_argument(
        "--down", action="store_true", help="take the newest migration back instead; asks first"
    )
    parser.add_argument("--yes", action="store_true", help="with --down: do not ask, delete what it says")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Returns the exit status."""
    try:
        waiting.wait_for([postgres_server(settings.database.url)], _tell, _WAIT_S)
    except waiting.Absent as error:
        print(f"Nothing was migrated. {error}. Start it, or mend DATABASE_URL.", file=sys.stderr)
        return 1
    return _down(yes=options.yes) if options.down else _up()


def _up() -> int:
    names = migrate.up(database)
    for name in names:
        print(f"applied {name}")
    if not names:
        print("The database is up to date.")
    if not migrate.keep_sessions_alive(database):
        _tell("The server's TCP keepalives could not be set for this role: see Postgres in docs/deploy.md.")
    return 0


def _down(*, yes: bool) -> int:
    name, losses = migrate.loss(database)
    if name is None:
        print("No migration is applied.")
        return 0
    print(f"Taking back {name} deletes for good:")
    print("\n".join(map(_line, losses)) or "  nothing")
    if not yes and not _confirmed():
        _tell("Nothing was changed.")
        return 1
    for migration in migrate.down(database):
        print(f"took back {migration}")
    return 0


def _line(loss: Loss) -> str:
    rows = f"{loss.rows} {'row' if loss.rows == 1 else 'rows'}"
    if not loss.columns:
        return f"  table {loss.table}, {rows}"
    return f"  {', '.join(loss.columns)} of table {loss.table}, {rows}"


def _confirmed() -> bool:
    if not sys.stdin.isatty():
        _tell("There is nobody to ask: say --yes where you mean it.")
        return False
    try:
        return input("Type yes to go on: ").strip() == "yes"
    except EOFError:
        return False


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
