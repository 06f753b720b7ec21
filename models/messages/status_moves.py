"""The one verb that moves a message's status, and the fold of news behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from models import folding
from models.conversations import joining
from models.messages import payments
from models.messages import statuses as order
from models.messages.messages import Message, error_view, stored_error
from models.people import groups
from schema.events import MessageStatus
from whatsapp.errors import GraphProblem

_COLUMNS = (
    f"id, {joining.home('conversation_id')} AS conversation_id, status, status_times, error, pricing, wamid, revision,"
    " possible_duplicate, client_reference, payment, recipients"
)


class News(NamedTuple):
    """Something learnt of one message: from the sender, or from a status of Meta's. ``word`` says whom of a group it
    is about; ``payment`` is news of the bill alone, and ``status`` then the bill's."""

    message_id: str
    status: str
    at: datetime
    problem: GraphProblem | None = None
    pricing: Any = None
    wamid: str | None = None
    word: groups.Word | None = None
    payment: payments.Stored | None = None


class Standing:
    """A message's status columns while news is folded into them; ``row`` has ``_COLUMNS`` by name."""

    def __init__(self, row: Any) -> None:
        self.id: str = row.id
        self.conversation_id: str = row.conversation_id
        self.status: str = row.status
        self.times: dict[str, str] = row.status_times
        self.error = stored_error(row.error)
        self.pricing: Any = row.pricing
        self.wamid: str | None = row.wamid
        self.revision: int = row.revision
        self.possible_duplicate: bool = row.possible_duplicate
        self.client_reference: str | None = row.client_reference
        self.payment: Any = row.payment
        self.recipients: Any = row.recipients
        self.changed = False

    def fold(self, news: News) -> None:
        """Take in one piece of news; what is known already changes nothing."""
        if news.payment is not None:
            self._pay(news.payment)
        elif news.word is None:
            self._move(news.status, news)
        else:
            self._hear(news.word, news)
        if news.wamid and not self.wamid:
            self.wamid = news.wamid
            self.changed = True
        if news.pricing is not None and self.pricing is None:
            self.pricing = news.pricing
            self.changed = True

    def _move(self, status: str, news: News) -> None:
        if order.rises(self.status, status):
            self.status = status
            self.error = error_view(news.problem)
            self.changed = True
        if status not in self.times:
            self.times[status] = news.at.isoformat().replace("+00:00", "Z")
            self.changed = True

    def _hear(self, word: groups.Word, news: News) -> None:
        """News of one member of a group, which moves the whole only where it is the last that was missing."""
        error = msgspec.to_builtins(error_view(news.problem))
        if groups.fold(self.recipients, word.member, news.status, news.at, error):
            self.changed = True
            whole = groups.whole_of(self.recipients, word.members)
            if whole is not None:
                self._move(whole, news)

    def _pay(self, news: payments.Stored) -> None:
        newest = payments.newer(self.payment, news)
        self.changed |= newest != self.payment
        self.payment = newest

    def record(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "status": self.status,
            "status_times": self.times,
            "error": self.error,
            "pricing": self.pricing,
            "wamid": self.wamid,
            "payment": self.payment,
            "recipients": self.recipients,
        }

    def event(self) -> MessageStatus:
        return MessageStatus(
            conversation_id=self.conversation_id,
            message_id=self.id,
            status=self.status,
            status_times=self.times,
            error=self.error,
            wamid=self.wamid,
            revision=self.revision,
            pricing=self.pricing,
            possible_duplicate=self.possible_duplicate,
            client_reference=self.client_reference,
            payment=payments.view(self.payment),
            recipients=groups.recipient_views(self.recipients),
        )


def advance(news: Sequence[News]) -> list[MessageStatus]:
    """Move statuses: the one verb that does. Must run in a transaction.

    Late and duplicate news are no-ops and make no event. A message that is not ``sending`` any more gives up its
    lease. Returns the events, in the order of the news.
    """
    if not news:
        return []
    standings = folding.lock(
        Standing,
        f"SELECT {_COLUMNS} FROM message WHERE id = ANY(%s::uuid[]) ORDER BY id",
        (list({item.message_id for item in news}),),
    )
    for item in news:
        if item.message_id in standings:
            standings[item.message_id].fold(item)
    folding.store(
        Message,
        standings.values(),
        also="lease_until = CASE WHEN n.status = 'sending' THEN t.lease_until END",
    )
    ids = dict.fromkeys(item.message_id for item in news)
    return [standings[key].event() for key in ids if key in standings and standings[key].changed]
