"""Coming back with ``since``, with events published at every moment at which they could be."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Any, Self, cast

import redis.asyncio
from hypothesis import given
from hypothesis import strategies as st

from realtime.bus import Recorded
from schema.audiences import sees
from wsgateway.history import History
from wsgateway.hub import INBOX, Hub, Scope
from wsgateway.metrics import Counters
from wsgateway.recovery import Recovery
from wsgateway.session import Session
from wsgateway.tail import Position, Tail, entry, position


class Stream:
    """The history as Redis would answer, with ``between`` called while each answer is on its way."""

    def __init__(self, between: Callable[[], None]) -> None:
        self.entries: list[tuple[bytes, dict[bytes, bytes]]] = []
        self.added = 0
        self.indexed = True
        self._between = between

    def add(self, number: int, scope: str) -> None:
        body = b'{"n":%d}' % number
        self.entries.append((b"%d-0" % number, {b"c": scope.encode(), b"e": body}))
        self.added += 1

    async def xrange(self, name: str, start: str, end: str = "+", count: int | None = None) -> list[Any]:
        low = position(start)
        high = (1 << 64, 0) if end == "+" else position(end)
        self._between()
        within = [item for item in self.entries if low <= position(item[0].decode()) <= high][:count]
        self._between()
        return within

    def register_script(self, script: str) -> Callable[..., Any]:
        return self._of_conversation

    async def _of_conversation(self, keys: Any, arguments: tuple[str, str, str, int]) -> list[bytes]:
        """As realtime/lua/conversation.lua answers."""
        conversation, since, newest, most = arguments
        self._between()
        if not self.indexed:
            return [b"unindexed"]
        after = [item for item in self.entries if position(since) < position(item[0].decode())]
        upto = [item for item in after if position(item[0].decode()) <= position(newest)]
        page = [item for item in upto if item[1][b"c"].decode() == conversation][:most]
        self._between()
        more = page[-1][0] if len(page) == most else b""
        return [b"found", more, *(part for key, fields in page for part in (key, b"", fields[b"e"]))]

    def pipeline(self) -> Pipeline:
        return Pipeline(self)


class Pipeline:
    """What the history is asked about itself: nothing was ever taken out of it here."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._answers: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def xinfo_stream(self, name: str) -> None:
        self._answers.append({"entries-added": self._stream.added, "length": len(self._stream.entries)})

    def zscore(self, name: str, member: str) -> None:
        self._answers.append(None)

    def zcard(self, name: str) -> None:
        self._answers.append(0)

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        return self._answers


class Reader:
    """A session that remembers the numbers it was sent."""

    user_id = "anna"
    lost = False
    fair_share = 60

    def __init__(self, between: Callable[[], None]) -> None:
        self.subscriptions: dict[Scope, Position] = {}
        self.answers: list[bytes] = []
        self.sent: list[int] = []
        self._between = between

    def write(self, data: bytes) -> None:
        self.sent += map(int, re.findall(rb'"n":(\d+)', data))

    def sees(self, audience: str) -> bool:
        return sees(audience, ())

    def answer(self, payload: bytes) -> None:
        self.answers.append(payload)

    async def drained(self) -> None:
        self._between()


class Scene:
    """A publisher, a relay that lags behind it, and one client that comes back."""

    def __init__(self, steps: list[tuple[int, int]]) -> None:
        self.steps = deque(steps)
        self.stream = Stream(self.step)
        self.tail = Tail(keep=2, keep_bytes=10_000)
        self.hub: Hub[Session] = Hub()
        client = cast(redis.asyncio.Redis, self.stream)
        self.recovery = Recovery(self.hub, History(client, self.tail), self.tail, Counters())
        self.reader = Reader(self.step)
        self.session = cast(Session, self.reader)
        self.relayed = 0

    def step(self) -> None:
        """Publish some, relay some."""
        published, relayed = self.steps.popleft() if self.steps else (0, 1000)
        for _ in range(published):
            number = self.stream.added + 1
            self.stream.add(number, "ab"[number % 2])
        self.relay(relayed)

    def relay(self, most: int) -> None:
        for event_id, values in self.stream.entries[self.relayed :][:most]:
            self.relayed += 1
            event = entry(Recorded(event_id.decode(), values[b"c"].decode(), values[b"e"]))
            self.tail.append(event)
            self.hub.deliver([(event.scope, event.frame)])


steps = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(st.integers(1, 12), st.integers(0, 12), steps, st.sampled_from([INBOX, "a"]), st.booleans())
def test_no_interleaving_makes_a_gap_or_a_repeat(
    before: int, since: int, moments: list[tuple[int, int]], scope: Scope, indexed: bool
) -> None:
    scene = Scene([(before, before), *moments])
    scene.stream.indexed = indexed
    scene.step()
    since = min(since, before)
    asyncio.run(scene.recovery.resume(scene.session, scope, f"{since}-0", None))
    scene.step()
    scene.relay(1000)
    wanted = [
        number for number in range(since + 1, scene.stream.added + 1) if scope is INBOX or number % 2 == 0
    ]
    assert scene.reader.sent == wanted
    assert b'"recovered":true' in scene.reader.answers[0]


@given(steps, steps, st.integers(0, 5))
def test_two_subscriptions_of_one_session_bring_each_event_once(
    first: list[tuple[int, int]], second: list[tuple[int, int]], since: int
) -> None:
    scene = Scene([(6, 6), *first])
    scene.step()
    asyncio.run(scene.recovery.resume(scene.session, "a", f"{since}-0", None))
    scene.steps.extend(second)
    asyncio.run(scene.recovery.resume(scene.session, INBOX, f"{since}-0", None))
    scene.step()
    scene.relay(1000)
    assert sorted(scene.reader.sent) == list(range(since + 1, scene.stream.added + 1))


def test_a_client_that_saw_more_elsewhere_waits_for_the_relay_and_sees_nothing_twice() -> None:
    scene = Scene([(5, 2), (0, 0), (0, 0), (0, 3), (1, 1)])
    scene.step()
    asyncio.run(scene.recovery.resume(scene.session, INBOX, "4-0", None))
    scene.step()
    scene.relay(1000)
    assert scene.reader.sent == list(range(5, scene.stream.added + 1))


def test_a_trimmed_since_is_admitted() -> None:
    scene = Scene([(10, 10)])
    scene.step()
    del scene.stream.entries[:8]
    scene.relayed -= 8
    asyncio.run(scene.recovery.resume(scene.session, INBOX, "3-0", None))
    assert b'"recovered":false' in scene.reader.answers[0]
    assert scene.reader.sent == []
