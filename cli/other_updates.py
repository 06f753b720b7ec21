"""``parley other-updates``: what Meta sent that became no message and no status, from a shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import msgspec

from actions.other_updates import OtherUpdates
from actions.transactions import Transactions
from cli.ledger import SHOWN, Ledger, Settling
from models.ledger import event_log, other_updates
from models.ledger.other_updates import Filter
from settings import Settings


class OtherUpdatesCommand(Ledger):
    """Nothing is done with one but to note that somebody looked at it."""

    name = "other-updates"
    help = "what Meta sent that became no message"
    thing = "other update"
    shown = "one, with its body"
    verb = "note"
    verb_help = "one, or all, were looked at: they raise no alarm any more"
    done = "It is noted."
    all_done = "update(s) are noted."

    def add_filters(self, listing: argparse.ArgumentParser) -> None:
        listing.add_argument(
            "--unread", action="store_true", help="those that may have been messages, and are not noted"
        )
        listing.add_argument("--field", help="of one webhook field")

    def lines(self, options: argparse.Namespace) -> Sequence[str]:
        updates = other_updates.page(Filter(options.field, options.unread or None), SHOWN, None).items
        return [*map(_line, updates), f"{len(updates)} update(s)."]

    def get(self, thing_id: str) -> tuple[Any, Any] | None:
        return other_updates.get(thing_id)

    def write(self, body: Any) -> None:
        print(msgspec.json.format(msgspec.json.encode(body), indent=2).decode())

    def settling(self, settings: Settings) -> Settling:
        verbs = OtherUpdates(Transactions(event_log.write))
        return Settling(verbs.note, verbs.note_all)


def _line(kept: Any) -> str:
    said = kept.reason or "nothing here acts on it"
    when, field = f"{kept.created_at:%Y-%m-%d %H:%M:%S}", kept.field or "unreadable"
    return f"{kept.id}  {when}  {field:24}  {kept.seen}x  {said[:120]}"


register = OtherUpdatesCommand().register
