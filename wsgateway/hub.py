"""Who wants what: conversations, the inbox, users, and the sessions behind them. A pure data structure.

Delivery calls ``write`` on each session and relies on it not changing the hub before it returns: a session
that is dropped for being slow leaves the hub later, when its connection is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Generic, Protocol, TypeVar

from schema.audiences import ALL

Scope = str | None
INBOX: Scope = None
"""The scope of all conversations; any other scope is one conversation's id."""

Addressed = tuple[Scope, bytes]
"""A WebSocket frame and the conversation it belongs to, or None where it belongs to none."""


class Subscriber(Protocol):
    """What the hub needs to know of a session."""

    user_id: str

    def write(self, data: bytes) -> None: ...

    def sees(self, audience: str) -> bool: ...


S = TypeVar("S", bound=Subscriber)


class Hub(Generic[S]):
    """Sessions by user and by what they are subscribed to; and delivery to each once."""

    def __init__(self) -> None:
        self._inbox: set[S] = set()
        self._conversations: dict[str, set[S]] = {}
        self._users: dict[str, set[S]] = {}
        self._subscriptions = 0
        self.frames_delivered = 0
        self.bytes_delivered = 0

    @property
    def subscriptions(self) -> int:
        return self._subscriptions

    @property
    def users(self) -> Collection[str]:
        """Who has at least one session here."""
        return self._users.keys()

    def sessions_of(self, user_id: str) -> list[S]:
        return list(self._users.get(user_id, ()))

    def join(self, session: S) -> None:
        self._users.setdefault(session.user_id, set()).add(session)

    def leave(self, session: S, scopes: Collection[Scope]) -> None:
        """Forget a session and its subscriptions, which are ``scopes``."""
        for scope in scopes:
            self.unsubscribe(session, scope)
        mine = self._users.get(session.user_id)
        if mine is not None:
            mine.discard(session)
            if not mine:
                del self._users[session.user_id]

    def subscribe(self, session: S, scope: Scope) -> None:
        wanting = self._inbox if scope is None else self._conversations.setdefault(scope, set())
        self._subscriptions += session not in wanting
        wanting.add(session)

    def unsubscribe(self, session: S, scope: Scope) -> None:
        wanting = self._wanting(scope)
        self._subscriptions -= session in wanting
        wanting.discard(session)
        if scope is not None and not wanting:
            self._conversations.pop(scope, None)

    def deliver(self, events: Sequence[Addressed], audience: str = ALL) -> None:
        """Hand events of one audience, in order, to every session that wants and may see them, each once and in as few
        writes as can be."""
        inbox = _seeing(self._inbox, audience)
        if inbox:
            self._write(inbox, b"".join(map(itemgetter(1), events)), len(events))
        for scope, run in groupby(events, key=itemgetter(0)):
            wanting = self._conversations.get(scope) if scope is not None else None
            if wanting:
                frames = [frame for _, frame in run]
                # A session in the inbox has them already.
                rest = wanting - inbox if inbox else wanting
                self._write(_seeing(rest, audience), b"".join(frames), len(frames))

    def deliver_to_others(self, scope: Scope, frame: bytes, user_id: str) -> None:
        """Hand a frame to every session that wants ``scope`` and is not ``user_id``'s."""
        wanting = self._inbox | self._wanting(scope)
        self._write([session for session in wanting if session.user_id != user_id], frame, 1)

    def tell_subscribers(self, frame: bytes) -> None:
        """Hand a frame to every session that has any subscription."""
        self._write(self._inbox.union(*self._conversations.values()), frame, 1)

    def __iter__(self) -> Iterator[S]:
        for sessions in self._users.values():
            yield from sessions

    def _wanting(self, scope: Scope) -> set[S]:
        return self._inbox if scope is None else self._conversations.get(scope, set())

    def _write(self, sessions: Collection[S], data: bytes, frames: int) -> None:
        for session in sessions:
            session.write(data)
        self.frames_delivered += len(sessions) * frames
        self.bytes_delivered += len(sessions) * len(data)


def _seeing(sessions: set[S], audience: str) -> set[S]:
    """Those of the sessions that may see what has this audience: all of them, but for what few may see."""
    return sessions if audience == ALL else {session for session in sessions if session.sees(audience)}
