"""``parley dead-letters``: what was given up, from a shell."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import redis

from actions.announcing import Announcer
from actions.dead_letters import DeadLetters
from actions.transactions import Transactions
from ground.ids import is_id
from models.actors.actors import OPERATOR
from models.ledger import dead_letters
from queues.inbox import Inbox
from queues.outbox import Outbox
from realtime.bus import Bus
from realtime.connection import connect
from schema.errors import Refused
from settings import Settings

_SHOWN = 200


def register(commands: Any) -> None:
    """Add the command to ``parley``."""
    letters = commands.add_parser("dead-letters", help="what was given up").add_subparsers(
        required=True, metavar="ACTION"
    )
    listing = letters.add_parser("list", help=f"the newest {_SHOWN} that wait for somebody")
    listing.set_defaults(run=_list)
    show = letters.add_parser("show", help="one, with its raw bytes")
    show.add_argument("id")
    show.set_defaults(run=_show)
    replay = letters.add_parser("replay", help="try one or all again; safe to repeat")
    replay.add_argument("id", nargs="?")
    replay.add_argument("--all", action="store_true")
    replay.set_defaults(run=_replay)


def _list(settings: Settings, options: argparse.Namespace) -> int:
    found = dead_letters.page(True, _SHOWN, None).items
    for letter in found:
        print(f"{letter.id}  {letter.created_at:%Y-%m-%d %H:%M:%S}  {letter.journey:8}  {letter.error[:120]}")
    print(f"{len(found)} dead letter(s) wait.")
    return 0


def _show(settings: Settings, options: argparse.Namespace) -> int:
    found = dead_letters.get(options.id) if is_id(options.id) else None
    if found is None:
        return _unknown(options.id)
    letter, body = found
    for name, value in letter._asdict().items():
        print(f"{name}: {value}")
    if body is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(body + b"\n")
    return 0


def _replay(settings: Settings, options: argparse.Namespace) -> int:
    if bool(options.id) == options.all:
        print("Name one dead letter, or say --all.", file=sys.stderr)
        return 2
    client = connect(settings.redis.url)
    inbox = Inbox(client, settings.inbox.max_entries)
    tell = Announcer(Bus(client, settings.retention.events)).announce
    verbs = DeadLetters(inbox, Transactions(tell), Outbox(client).call)
    try:
        if options.all:
            print(f"{verbs.replay_all(OPERATOR)} dead letter(s) are on their way again.")
            return 0
        verbs.replay(OPERATOR, options.id)
    except Refused as refused:
        print(refused.message, file=sys.stderr)
        return 1
    except redis.RedisError as error:
        print(f"Redis cannot take it: {error or type(error).__name__}. See: parley doctor", file=sys.stderr)
        return 1
    print("It is on its way again.")
    return 0


def _unknown(letter_id: str) -> int:
    print(
        f"There is no dead letter {letter_id[:60]!r}; parley dead-letters list shows them.", file=sys.stderr
    )
    return 1
