"""``parley dead-letters``: what was given up, from a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from actions.announcing import Announcer
from actions.dead_letters import DeadLetters
from actions.transactions import Transactions
from cli.ledger import SHOWN, Ledger, Settling
from models.ledger import dead_letters
from queues.inbox import Inbox
from queues.outbox import Outbox
from realtime.bus import Bus
from realtime.connection import connect
from settings import Settings


class DeadLettersCommand(Ledger):
    """They wait until somebody has them tried again."""

    name = "dead-letters"
    help = "what was given up"
    thing = "dead letter"
    listing = f"the newest {SHOWN} that wait for somebody"
    shown = "one, with its raw bytes"
    verb = "replay"
    verb_help = "try one or all again; safe to repeat"
    done = "It is on its way again."
    all_done = "dead letter(s) are on their way again."

    def lines(self, options: argparse.Namespace) -> Sequence[str]:
        letters = dead_letters.page(True, SHOWN, None).items
        return [*map(_line, letters), f"{len(letters)} dead letter(s) wait."]

    def get(self, thing_id: str) -> tuple[Any, Any] | None:
        return dead_letters.get(thing_id)

    def write(self, body: Any) -> None:
        if body is not None:
            sys.stdout.flush()
            sys.stdout.buffer.write(body + b"\n")

    def settling(self, settings: Settings) -> Settling:
        client = connect(settings.redis.url)
        inbox = Inbox(client, settings.inbox.max_entries)
        tell = Announcer(Bus(client, settings.retention.events)).announce
        verbs = DeadLetters(inbox, Transactions(tell), Outbox(client).call)
        return Settling(verbs.replay, verbs.replay_all)


def _line(letter: Any) -> str:
    return f"{letter.id}  {letter.created_at:%Y-%m-%d %H:%M:%S}  {letter.journey:8}  {letter.error[:120]}"


register = DeadLettersCommand().register
