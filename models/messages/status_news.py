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

Told = Status | Payment

Pair = tuple[str, str]
"""A number's id and a wamid: what a message is called at Meta."""


class Places(NamedTuple):
    """The messages that statuses are of, by (phone_number_id, wamid); ``learnt`` are those of ours whose wamid only
    these statuses tell."""

    found: dict[Pair, str]
    learnt: list[Pair]


def pair(status: Told) -> Pair:
    return status.phone_number_id, status.wamid


def find(statuses: Sequence[Told]) -> Places:
    """Look for the messages, by their wamid, else by the id of ours that Meta sends back."""
    found = by_wamid(map(pair, statuses)) if statuses else {}
    ours = messages.among(each.callback_id for each in statuses if each.callback_id)
    learnt = {
        pair(each): each.callback_id
        for each in statuses
        if each.callback_id in ours and pair(each) not in found
    }
    return Places(found | learnt, list(learnt))


def apply(statuses: Iterable[Told], places: Places) -> list[Event]:
    """Move the messages that are known; the rest waits for its message. Must run in a transaction."""
    found: list[tuple[str, Told]] = []
    early: list[Told] = []
    for each in statuses:
        key = places.found.get(pair(each))
        if key is None:
            early.append(each)
        else:
            found.append((key, each))
    parked.park(early)
    return [*advance(_news(found))]


def _news(found: list[tuple[str, Told]]) -> list[News]:
    moment = now()
    members = groups.members_of(
        (key, each.member) for key, each in found if isinstance(each, Status) and each.member
    )
    return [
        _of_bill(key, each, moment)
        if isinstance(each, Payment)
        else _of_message(key, each, members.get(key, frozenset()), moment)
        for key, each in found
    ]


def _of_bill(key: str, told: Payment, moment: datetime) -> News:
    stored = payments.stored(told, moment)
    return News(key, told.status, told.at or moment, wamid=told.wamid, payment=stored)


def _of_message(key: str, told: Status, members: frozenset[str], moment: datetime) -> News:
    word = Word(told.member, members) if told.member else None
    return News(key, told.status, told.at or moment, told.problem, told.pricing, told.wamid, word)
