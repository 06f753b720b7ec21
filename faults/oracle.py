"""Whether anything was lost, doubled or told out of order. Pure: facts in, findings out.

The two journeys are held against each other: what the ledgers say was promised, what Postgres stores, what the
sandbox took, and what the subscriber was told.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from faults.ledger import Said
from faults.people.subscriber import ReceivedEvent

# As docs/http-api.md has it: a status rises, and only a sender that tries again moves one back, to queued.
_RISES = (
    *("queued", "sending", "unconfirmed", "accepted", "sent", "failed", "delivered", "read", "played"),
    "deleted",
)
_AGAIN = "queued"


class Sent(NamedTuple):
    """A row of a message of ours: its status, and whether it may have gone out twice with somebody's knowledge."""

    status: str
    possible_duplicate: bool


@dataclass(frozen=True)
class Facts:
    """What each witness says. ``accepted`` are our ids in the order in which the sandbox took them, ``ends`` the
    statuses in which a message of ours may rest, ``statuses`` the newest that was told of each. Meta is ``silent``
    where it tells of no statuses."""

    acked: Sequence[Said]
    posted: Mapping[str, Said]
    stored: Mapping[str, int]
    unread: int
    asked: Sequence[Said]
    sent: Mapping[str, Sent]
    accepted: Sequence[str]
    ends: frozenset[str]
    silent: bool
    received: Sequence[ReceivedEvent]
    statuses: Mapping[str, str]


@dataclass(frozen=True)
class Findings:
    """A sentence for each thing that is wrong."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.out_of_order]


def judge(facts: Facts) -> Findings:
    """Hold the witnesses against each other."""
    return Findings(
        lost=[*_lost_in(facts), *_lost_out(facts)],
        doubled=[*_doubled_in(facts), *_doubled_out(facts)],
        out_of_order=[*_disordered_in(facts), *_disordered_out(facts), *_fallen(facts)],
    )


def stored_of(facts: Facts) -> int:
    """How many of the promised messages are stored."""
    return sum(message.key in facts.stored for message in facts.acked) + sum(
        message.key in facts.sent for message in facts.asked
    )


def _lost_in(facts: Facts) -> Iterable[str]:
    wamids = {event.wamid for event in facts.received}
    for message in facts.acked:
        if message.key not in facts.stored:
            yield f"acknowledged and not stored: {message}"
        elif message.key not in wamids:
            yield f"stored and never told: {message}"


def _lost_out(facts: Facts) -> Iterable[str]:
    taken = set(facts.accepted)
    for message in facts.asked:
        row = facts.sent.get(message.key)
        if row is None:
            yield f"answered 202 and not stored: {message}"
        elif row.status not in facts.ends:
            yield f"ended as {row.status}: {message}"
        elif row.status in _RISES[3:] and message.key not in taken and row.status != "failed":
            yield f"is {row.status} and Meta never took it: {message}"
        elif row.status == "unconfirmed" and message.key in taken and not facts.silent:
            yield f"Meta took it and told of it, and it is still unconfirmed: {message}"
        elif facts.statuses.get(message.key) != row.status:
            yield f"is {row.status} and was told as {facts.statuses.get(message.key)}: {message}"


def _doubled_in(facts: Facts) -> Iterable[str]:
    for key, rows in facts.stored.items():
        if rows > 1:
            yield f"stored {rows} times: {facts.posted.get(key, key)}"
    # Each row counted once: a batch that was repeated after a crash must not count again.
    if facts.unread != len(facts.stored):
        yield f"{facts.unread} unread of {len(facts.stored)} messages"
    for event_id, times in Counter(event.event_id for event in facts.received if event.event_id).items():
        if times > 1:
            yield f"event {event_id} came {times} times"


def _doubled_out(facts: Facts) -> Iterable[str]:
    for key, times in Counter(facts.accepted).items():
        if times > 1 and not facts.sent.get(key, Sent("", False)).possible_duplicate:
            yield f"Meta took it {times} times, and nobody was told that it might: {key}"


def _disordered_in(facts: Facts) -> Iterable[str]:
    first = dict.fromkeys(event.wamid for event in facts.received if event.kind == "new_message")
    yield from _decreasing((facts.posted[key] for key in first if key in facts.posted), "was told late")
    ids = [_position(event.event_id) for event in facts.received if event.event_id]
    for before, after in itertools.pairwise(ids):
        if after < before:
            yield f"event {after} came after {before}"


def _disordered_out(facts: Facts) -> Iterable[str]:
    asked = {message.key: message for message in facts.asked}
    flagged = {key for key, row in facts.sent.items() if row.possible_duplicate}
    taken = (asked[key] for key in facts.accepted if key in asked and key not in flagged)
    yield from _decreasing(taken, "was sent late")


def _decreasing(said: Iterable[Said], what: str) -> Iterable[str]:
    """Those that come after a later one of their conversation."""
    highest: dict[str, int] = {}
    for message in said:
        if message.number < highest.get(message.phone, 0):
            yield f"{what}: {message}"
        highest[message.phone] = max(message.number, highest.get(message.phone, 0))


def _fallen(facts: Facts) -> Iterable[str]:
    """Statuses of ours that fell, by revision: an event that a killed process left behind may come late."""
    ours = {message.key for message in facts.asked}
    highest: dict[str, int] = {}
    for event in sorted(facts.received, key=lambda event: event.revision):
        if event.message_id not in ours or event.status not in _RISES:
            continue
        rank = _RISES.index(event.status)
        if rank < highest.get(event.message_id, 0) and event.status != _AGAIN:
            yield f"a status fell to {event.status}: {event.message_id}"
        highest[event.message_id] = rank


def _position(event_id: str) -> tuple[int, int]:
    milliseconds, sequence = event_id.split("-")
    return int(milliseconds), int(sequence)
