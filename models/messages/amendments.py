"""Changes to messages that are stored already: reactions, edits, revokes.

Each change has Meta's time, and the newest of its kind wins, so that any order of arrival ends the same. A
reaction that was taken back leaves its place and time behind with no emoji: an older one that comes late must
not bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ground.clock import now
from models.conversations import conversations, joining
from models.conversations.conversations import WINDOW
from models.database import bulk, json, rows
from models.ledger import parked
from models.messages import messages, revokes
from models.messages.messages import by_wamid
from models.messages.revokes import Revoked
from schema.events import Event
from whatsapp.inbound.updates import EDIT, REACTION, REVOKE, Amendment


class _Standing:
    """The columns of a message that amendments change, while they are folded in."""

    columns = (
        f"id, {joining.home('conversation_id')}, type, content, preview, reactions, edited_at, deleted_at,"
        " phone_number_id, wamid"
    )

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.id, self.conversation_id, self.type, self.content, self.preview = row[:5]
        self.reactions, self.edited_at, self.deleted_at, self.phone_number_id, self.wamid = row[5:]
        self._stored = self._changeable()

    @property
    def changed(self) -> bool:
        """Two reactions of the same second that come again change it twice, and it ends as it was."""
        return self._changeable() != self._stored

    def fold(self, amendment: Amendment, at: datetime) -> None:
        _FOLDS[amendment.kind](self, amendment, at)

    def react(self, amendment: Amendment, at: datetime) -> None:
        if self.deleted_at is not None:
            return
        mine = [each for each in self.reactions if each["from_customer"] == amendment.by_customer]
        told = {"emoji": amendment.emoji, "from_customer": amendment.by_customer, "at": at.isoformat()}
        if told in mine or any(datetime.fromisoformat(each["at"]) > at for each in mine):
            return
        self.reactions = [each for each in self.reactions if each not in mine] + [told]

    def edit(self, amendment: Amendment, at: datetime) -> None:
        if self.deleted_at is not None or (self.edited_at is not None and self.edited_at >= at):
            return
        self.type, self.content, self.preview = amendment.type, amendment.content, amendment.preview
        self.edited_at = at

    def revoke(self, amendment: Amendment, at: datetime) -> None:
        """That it was there stays, and not what it said. Nothing that comes later brings any of it back."""
        if self.deleted_at is None:
            self.deleted_at, self.edited_at = at, None
            self.content, self.preview, self.reactions = {}, "", []

    def _changeable(self) -> tuple[Any, ...]:
        return self.type, self.content, self.preview, self.reactions, self.edited_at, self.deleted_at

    def row(self) -> tuple[Any, ...]:
        return (
            *(self.id, self.type, json(self.content), self.preview, json(self.reactions)),
            *(self.edited_at, self.deleted_at),
        )


_FOLDS = {REACTION: _Standing.react, EDIT: _Standing.edit, REVOKE: _Standing.revoke}


def apply(amendments: Sequence[Amendment]) -> list[Event]:
    """Fold the changes into their messages; park those whose message is not known. In a transaction.

    Returns the events: one for each message that changed, and one for each conversation whose window a
    customer's reaction opened.
    """
    if not amendments:
        return []
    known = by_wamid((each.phone_number_id, each.target_wamid) for each in amendments)
    early = [each for each in amendments if (each.phone_number_id, each.target_wamid) not in known]
    parked.park(early)
    revokes.forget_early(early)
    standings = _lock(list(known.values()))
    moment = now()
    for each in amendments:
        key = known.get((each.phone_number_id, each.target_wamid))
        if key is not None:
            standings[key].fold(each, each.at or moment)
    _store([standing for standing in standings.values() if standing.changed])
    revokes.forget([_revoked(each) for each in standings.values() if each.changed and each.deleted_at])
    told = [standing for standing in standings.values() if standing.changed]
    events = messages.updates(each.id for each in told) + _threads([each for each in told if each.deleted_at])
    return events + _windows(amendments, known, standings, moment)


def _lock(ids: list[str]) -> dict[str, _Standing]:
    sql = f"SELECT {_Standing.columns} FROM message WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE"
    return {row[0]: _Standing(row) for row in rows(sql, (ids,))}


def _store(changed: list[_Standing]) -> None:
    bulk(
        "UPDATE message m SET type = n.type, content = n.content, preview = n.preview, reactions = n.reactions,"
        " edited_at = n.edited_at, deleted_at = n.deleted_at, revision = m.revision + 1,"
        " extra = CASE WHEN n.deleted_at IS NULL THEN m.extra END"
        " FROM (VALUES %s) AS n (id, type, content, preview, reactions, edited_at, deleted_at) WHERE m.id = n.id",
        [standing.row() for standing in changed],
        "(%s::uuid, %s, %s::jsonb, %s, %s::jsonb, %s::timestamptz, %s::timestamptz)",
    )


def _revoked(standing: _Standing) -> Revoked:
    return Revoked(standing.id, standing.phone_number_id, standing.wamid)


def _threads(deleted: Sequence[_Standing]) -> list[Event]:
    """The conversations of deleted messages: the events that told of them with their message are gone."""
    return conversations.updates(
        conversations.wholes(sorted({each.conversation_id for each in deleted})).values()
    )


def _windows(
    amendments: Sequence[Amendment],
    known: dict[tuple[str, str], str],
    standings: dict[str, _Standing],
    moment: datetime,
) -> list[Event]:
    """A customer's reaction opens the service window as a message does."""
    until: dict[str, datetime] = {}
    for each in amendments:
        key = known.get((each.phone_number_id, each.target_wamid))
        if key is not None and each.kind == REACTION and each.by_customer:
            conversation_id, closes = standings[key].conversation_id, (each.at or moment) + WINDOW
            until[conversation_id] = max(closes, until.get(conversation_id, closes))
    return conversations.updates(conversations.open_windows(until))
