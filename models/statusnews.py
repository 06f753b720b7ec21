"""Statuses of a batch: which message each is of, and what of it moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models import message, parked
from models.message import News, advance, by_wamid
from realtime.events import Event, now
from whatsapp.updates import Status

Pair = tuple[str, str]
"""A number's id and a wamid: what a message is called at Meta."""


class Places(NamedTuple):
    """The messages that statuses are of, by (phone_number_id, wamid); ``learnt`` are those of ours whose wamid only
    these statuses tell."""

    found: dict[Pair, str]
    learnt: list[Pair]


def pair(status: Status) -> Pair:
    return status.phone_number_id, status.wamid


def find(statuses: Sequence[Status]) -> Places:
    """Look for the messages, by their wamid, else by the id of ours that Meta sends back."""
    found = by_wamid(map(pair, statuses)) if statuses else {}
    ours = message.among(each.callback_id for each in statuses if each.callback_id)
    learnt = {
        pair(each): each.callback_id
        for each in statuses
        if each.callback_id in ours and pair(each) not in found
    }
    return Places(found | learnt, list(learnt))


def apply(statuses: Iterable[Status], places: Places, *, repeat: bool = False) -> list[Event]:
    """Move the messages that are known; the rest waits for its message. Must run in a transaction."""
    moment = now()
    news, early = [], []
    for each in statuses:
        key = places.found.get(pair(each))
        if key is None:
            early.append(each)
        else:
            news.append(News(key, each.status, each.at or moment, each.problem, each.pricing, each.wamid))
    parked.park(early)
    return [*advance(news, repeat=repeat)]
