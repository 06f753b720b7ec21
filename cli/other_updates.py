"""``parley other-updates``: what Meta sent that became no message and no status, from a shell."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from actions.other_updates import OtherUpdates
from actions.transactions import Transactions
from ground.ids import is_id
from models.actors.actors import OPERATOR
from models.ledger import event_log, other_updates
from models.ledger.other_updates import Filter
from schema.errors import Refused
from settings import Settings

_SHOWN = 200


def register(commands: Any) -> None:
    """Add the command to ``parley``."""
    updates = commands.add_parser(
        "other-updates", help="what Meta sent that became no message"
    ).add_subparsers(required=True, metavar="ACTION")
    listing = updates.add_parser("list", help=f"the newest {_SHOWN}")
    listing.add_argument(
        "--unread", action="store_true", help="those that may have been messages, and are not noted"
    )
    listing.add_argument("--field", help="of one webhook field")
    listing.set_defaults(run=_list)
    show = updates.add_parser("show", help="one, with its body")
    show.add_argument("id")
    show.set_defaults(run=_show)
    note = updates.add_parser("note", help="one, or all, were looked at: they raise no alarm any more")
    note.add_argument("id", nargs="?")
    note.add_argument("--all", action="store_true")
    note.set_defaults(run=_note)


def _list(settings: Settings, options: argparse.Namespace) -> int:
    found = other_updates.page(Filter(options.field, options.unread or None), _SHOWN, None).items
    for kept in found:
        said = kept.reason or "nothing here acts on it"
        when, field = f"{kept.created_at:%Y-%m-%d %H:%M:%S}", kept.field or "unreadable"
        print(f"{kept.id}  {when}  {field:24}  {kept.seen}x  {said[:120]}")
    print(f"{len(found)} update(s).")
    return 0


def _show(settings: Settings, options: argparse.Namespace) -> int:
    found = other_updates.get(options.id) if is_id(options.id) else None
    if found is None:
        return _unknown(options.id)
    kept, body = found
    for name, value in kept._asdict().items():
        print(f"{name}: {value}")
    print(msgspec.json.format(msgspec.json.encode(body), indent=2).decode())
    return 0


def _note(settings: Settings, options: argparse.Namespace) -> int:
    if bool(options.id) == options.all:
        print("Name one update, or say --all.", file=sys.stderr)
        return 2
    verbs = OtherUpdates(Transactions(event_log.write))
    if options.all:
        print(f"{verbs.note_all(OPERATOR)} update(s) are noted.")
        return 0
    try:
        verbs.note(OPERATOR, options.id)
    except Refused as refused:
        print(refused.message, file=sys.stderr)
        return 1
    print("It is noted.")
    return 0


def _unknown(update_id: str) -> int:
    print(
        f"There is no other update {update_id[:60]!r}; parley other-updates list shows them.", file=sys.stderr
    )
    return 1
