"""Logins that ended: which open sockets must go, also where the news came a moment early or not at all."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection

import msgspec
import redis.asyncio

from realtime.sessions import mirror_key
from wsgateway.session import Session

_REMEMBERED = 256
_PAGE = 500


class SessionEnded(msgspec.Struct, frozen=True, tag_field="type", tag="session_ended"):
    """Control: these sessions (digests of tokens) of a user ended; all of them where the list is empty."""

    user_id: str
    sessions: tuple[str, ...]

    def concerns(self, user_id: str, session_digest: str) -> bool:
        return user_id == self.user_id and (not self.sessions or session_digest in self.sessions)


class Endings:
    """The latest news of ended logins.

    A login can end between Redis saying that it is valid and its socket being admitted; whoever admits takes
    a ``mark`` before asking Redis and looks afterwards at what came since.
    """

    def __init__(self) -> None:
        self._count = 0
        self._latest: deque[SessionEnded] = deque(maxlen=_REMEMBERED)

    def mark(self) -> int:
        return self._count

    def record(self, news: SessionEnded) -> None:
        self._count += 1
        self._latest.append(news)

    def ended_since(self, mark: int, user_id: str, session_digest: str) -> bool:
        """Whether that login ended after ``mark``, or so much ended that it is not known."""
        since = self._count - mark
        if since > _REMEMBERED:
            return True
        newer = list(self._latest)[len(self._latest) - since :]
        return any(news.concerns(user_id, session_digest) for news in newer)


async def no_longer_known(client: redis.asyncio.Redis, sessions: Collection[Session]) -> list[Session]:
    """The sockets whose login Redis knew when they were admitted and does not know now.

    For after an outage, in which control messages were lost. Raises redis.RedisError.
    """
    known = [session for session in sessions if session.expires_at != math.inf]
    missing: list[Session] = []
    for start in range(0, len(known), _PAGE):
        page = known[start : start + _PAGE]
        async with client.pipeline(transaction=False) as pipe:
            for session in page:
                pipe.strlen(mirror_key(session.session_digest))  # 0 where it ended, or is not there
            answers = await pipe.execute()
        missing += (session for session, answer in zip(page, answers, strict=True) if not answer)
    return missing
