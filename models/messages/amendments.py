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
from models import folding, sql
from models.conversations import conversations, joining
from models.conversations.windows import Windows
from models.ledger import parked
from models.messages import messages, revokes
from models.messages.messages import Message, by_wamid
from models.messages.revokes import Revoked
from schema.events import Event
from whatsapp.inbound.updates import EDIT, REACTION, REVOKE, Amendment

_CHANGEABLE = ("type", "content", "preview", "reactions", "edited_at", "deleted_at")
_COLUMNS = (
    f"id, {joining.home('conversation_id')} AS conversation_id, phone_number_id, wamid, revision,"
    f" {sql.columns(Message, _CHANGEABLE)}"
)


class _Standing:
    """The columns of a message that amendments change, while they are folded in."""

    def __init__(self, row: Any) -> None:
        self.id: str = row.id
        self.conversation_id: str = row.conversation_id
        self.phone_number_id: str = row.phone_number_id
        self.wamid: str = row.wamid
        self.type: str = row.type
        self.content: Any = row.content
        self.preview: str = row.preview
        self.reactions: list[Any] = row.reactions
        self.edited_at: datetime | None = row.edited_at
        self.deleted_at: datetime | None = row.deleted_at
        self.revision: int = row.revision
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
        mine = [reaction for reaction in self.reactions if reaction["from_customer"] == amendment.by_customer]
        new = {"emoji": amendment.emoji, "from_customer": amendment.by_customer, "at": at.isoformat()}
        if new in mine or any(datetime.fromisoformat(reaction["at"]) > at for reaction in mine):
            return
        self.reactions = [reaction for reaction in self.reactions if reaction not in mine] + [new]

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

    def _changeable(self) -> list[Any]:
        return [getattr(self, name) for name in _CHANGEABLE]

    def record(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("id", *_CHANGEABLE)}


_FOLDS = {REACTION: _Standing.react, EDIT: _Standing.edit, REVOKE: _Standing.revoke}


def apply(amendments: Sequence[Amendment]) -> list[Event]:
    """Fold the changes into their messages; park those whose message is not known. In a transaction.

    Returns the events: one for each message that changed, and one for each conversation whose window a
    customer's reaction opened.
    """
    if not amendments:
        return []
    known = by_wamid((amendment.phone_number_id, amendment.target_wamid) for amendment in amendments)
    early = [
        amendment
        for amendment in amendments
        if (amendment.phone_number_id, amendment.target_wamid) not in known
    ]
    parked.park(early)
    revokes.forget_early(early)
    standings = folding.lock(
        _Standing,
        f"SELECT {_COLUMNS} FROM message WHERE id = ANY(%s::uuid[]) ORDER BY id",
        (list(known.values()),),
    )
    moment = now()
    for amendment in amendments:
        key = known.get((amendment.phone_number_id, amendment.target_wamid))
        if key is not None:
            standings[key].fold(amendment, amendment.at or moment)
    changed = folding.store(
        Message, standings.values(), also="extra = CASE WHEN n.deleted_at IS NULL THEN t.extra END"
    )
    deleted = [message for message in changed if message.deleted_at]
    revokes.forget([_revoked(message) for message in deleted])
    events = messages.updates(message.id for message in changed) + _threads(deleted)
    return events + _windows(amendments, known, standings, moment)


def _revoked(standing: _Standing) -> Revoked:
    return Revoked(standing.id, standing.phone_number_id, standing.wamid)


def _threads(deleted: Sequence[_Standing]) -> list[Event]:
    """The conversations of deleted messages: the events that told of them with their message are gone."""
    return conversations.updates(
        conversations.wholes(sorted({message.conversation_id for message in deleted})).values()
    )


def _windows(
    amendments: Sequence[Amendment],
    known: dict[tuple[str, str], str],
    standings: dict[str, _Standing],
    moment: datetime,
) -> list[Event]:
    """A customer's reaction opens the service window as a message does."""
    windows = Windows()
    for amendment in amendments:
        key = known.get((amendment.phone_number_id, amendment.target_wamid))
        if key is not None and amendment.kind == REACTION and amendment.by_customer:
            windows.open(standings[key].conversation_id, amendment.at or moment)
    return conversations.updates(conversations.open_windows(windows))
