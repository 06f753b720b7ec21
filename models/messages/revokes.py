"""What its writer deleted is gone at once, from every table: the words, the file, what was kept of them elsewhere.

The message's row stays, with who wrote it, when, and when it was deleted. A revoke may come before its message; then
that is stored without what it said, and no file of it is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from models.database import rows
from models.ledger import dead_letters, event_log, pending_events
from models.messages import media
from whatsapp.inbound.updates import REVOKE, Amendment, Message

_GONE = (
    "unnest(%s::text[], %s::text[]) AS gone (number, wamid)"
    " WHERE p.target_wamid = gone.wamid AND p.phone_number_id = gone.number"
)
Pair = tuple[str, str]
"""(phone_number_id, wamid) of a message."""


class Revoked(NamedTuple):
    """A stored message that is deleted."""

    id: str
    phone_number_id: str
    wamid: str


def without_words(messages: Sequence[Message], amendments: Iterable[Amendment]) -> list[Message]:
    """These messages, emptied where a revoke of them is among ``amendments`` or has waited for them."""
    gone = {_target(amendment) for amendment in amendments if amendment.kind == REVOKE}
    gone |= _waiting([message.wamid for message in messages])
    return [
        _emptied(message) if (message.phone_number_id, message.wamid) in gone else message
        for message in messages
    ]


def _emptied(message: Message) -> Message:
    return msgspec.structs.replace(message, content={}, preview="", extra=None)


def _target(amendment: Amendment) -> Pair:
    return amendment.phone_number_id, amendment.target_wamid


def _waiting(wamids: list[str]) -> set[Pair]:
    if not wamids:
        return set()
    records = rows(
        "SELECT phone_number_id, target_wamid FROM parked_update WHERE target_wamid = ANY(%s)"
        " AND key LIKE 'revoke %%'",
        (wamids,),
    )
    return {(row[0], row[1]) for row in records}


def forget(deleted: Sequence[Revoked]) -> None:
    """Delete all that is kept of these messages beside their rows. Must run in the transaction that empties those."""
    if not deleted:
        return
    ids, wamids = [message.id for message in deleted], [message.wamid for message in deleted]
    media.forget(ids)
    # The event that tells of the deletion brings what these would have.
    event_log.forget(ids)
    pending_events.forget(ids)
    rows("DELETE FROM other_update WHERE body->>'id' = ANY(%s)", (wamids,))
    dead_letters.redact(wamids)
    _forget_parked([(message.phone_number_id, message.wamid) for message in deleted])


def forget_early(amendments: Iterable[Amendment]) -> None:
    """Delete the words of edits and reactions that wait for a message, where a revoke of it waits too."""
    targets = {_target(amendment) for amendment in amendments}
    waiting = _waiting([wamid for _, wamid in targets]) & targets
    if waiting:
        rows("DELETE FROM other_update WHERE body->>'id' = ANY(%s)", ([wamid for _, wamid in waiting],))
        dead_letters.redact([wamid for _, wamid in waiting])
        _forget_parked(sorted(waiting))


def _forget_parked(pairs: Sequence[Pair]) -> None:
    """Edits go whole. Of a reaction the emoji goes, and that the customer was there then stays: it opens the window."""
    gone = [number for number, _ in pairs], [wamid for _, wamid in pairs]
    rows(f"DELETE FROM parked_update p USING {_GONE} AND p.key LIKE 'edit %%'", gone)
    emptied = 'p.body || \'{"emoji": ""}\'::jsonb'
    rows(f"UPDATE parked_update p SET body = {emptied} FROM {_GONE} AND p.key LIKE 'reaction %%'", gone)
