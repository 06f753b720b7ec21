"""Statuses of a batch, and what became of bills: which message each is of, and what of it moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ground.clock import now
from models.ledger import parked
from models.messages import messages, payments
from models.messages.messages import by_wamid
from models.messages.status_moves import News, advance
from models.people import groups
from models.people.groups import Word
from schema.events import Event
from whatsapp.inbound.updates import Payment, Status

StatusOrPayment = Status | Payment

Pair = tuple[str, str]
"""A number's id and a wamid: what a message is called at Meta."""


class Places(NamedTuple):
    """The messages that statuses are of, by (phone_number_id, wamid); ``learnt`` are those of ours whose wamid only
    these statuses tell."""

    known: dict[Pair, str]
    learnt: list[Pair]


def pair(status: StatusOrPayment) -> Pair:
    return status.phone_number_id, status.wamid


def find(statuses: Sequence[StatusOrPayment]) -> Places:
    """Look for the messages, by their wamid, else by the id of ours that Meta sends back."""
    known = by_wamid(map(pair, statuses)) if statuses else {}
    ours = messages.among(status.callback_id for status in statuses if status.callback_id)
    learnt = {
        pair(status): status.callback_id
        for status in statuses
        if status.callback_id in ours and pair(status) not in known
    }
    return Places(known | learnt, list(learnt))


def apply(statuses: Iterable[StatusOrPayment], places: Places) -> list[Event]:
    """Move the messages that are known; the rest waits for its message. Must run in a transaction."""
    known: list[tuple[str, StatusOrPayment]] = []
    early: list[StatusOrPayment] = []
    for status in statuses:
        key = places.known.get(pair(status))
        if key is None:
            early.append(status)
        else:
            known.append((key, status))
    parked.park(early)
    return [*advance(_news(known))]


def _news(known: list[tuple[str, StatusOrPayment]]) -> list[News]:
    moment = now()
    members = groups.members_of(
        (key, status.member) for key, status in known if isinstance(status, Status) and status.member
    )
    return [
        _of_bill(key, status, moment)
        if isinstance(status, Payment)
        else _of_message(key, status, members.get(key, frozenset()), moment)
        for key, status in known
    ]


def _of_bill(key: str, payment: Payment, moment: datetime) -> News:
    stored = payments.stored(payment, moment)
    return News(key, payment.status, payment.at or moment, wamid=payment.wamid, payment=stored)


def _of_message(key: str, status: Status, members: frozenset[str], moment: datetime) -> News:
    word = Word(status.member, members) if status.member else None
    return News(key, status.status, status.at or moment, status.problem, status.pricing, status.wamid, word)
