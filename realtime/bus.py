"""The bus: events of the log go into a capped history stream and out over pub/sub, a portion in one Lua call.

Wire forms, shared by the publisher here and the gateway's relay:

- history: stream ``parley:events``, entries ``{c: conversation id or "", e: event JSON}``, and ``a: audience`` where
  that is not all;
- by conversation: sorted set ``parley:events:index``, a member ``<conversation>:<id>`` an entry of the history; hash
  ``parley:events:covers``, after which id it has them all, and how many entries had been added when it last did;
- live: channel ``parley:events:live``, payload of one line ``<id> <conversation id or -> <json>`` an event; where the
  audience is not all, ``|`` and the audience follow the conversation;
- live only (typing, presence): channel ``parley:events:transient``, the same lines with ``-`` as id;
- control (a session ended, the history began anew): channel ``parley:control``, one JSON object.

An event's id is its position in the log, with ``-0`` behind it: opaque to clients, and ordered. The history is a part
of the log without a gap: whoever publishes says which position their first event follows, and where the history ends
before that, they bring what is missing first (actions/publishing.py). Ids of the version before were times in
milliseconds; the log begins above them, so they are followed by positions in the same stream.

Where an event tells that a message was deleted, the events that carried what it said are taken out of the history
first, and those that come late are dropped. Keys: ``parley:events:deleted`` the messages, by when they were deleted;
``parley:events:gone`` the ids of events taken out, which stay good as a client's place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import redis

from schema.audiences import ALL
from schema.events import FIRST_POSITION, Event, Logged, encode

HISTORY = "parley:events"
INDEX, COVERS = "parley:events:index", "parley:events:covers"
DELETED = "parley:events:deleted"
GONE = "parley:events:gone"
LIVE_CHANNEL = "parley:events:live"
TRANSIENT_CHANNEL = "parley:events:transient"
CONTROL_CHANNEL = "parley:control"
BEGINNING = "0-0"
"""The last event id of a history in which nothing has happened yet."""

_LUA = Path(__file__).parent / "lua"
_PUBLISH = (_LUA / "publish.lua").read_text()
OF_CONVERSATION = (_LUA / "conversation.lua").read_text()
"""The script that reads the events of one conversation; its answer is for ``parse_conversation_page``."""
KEYS = (HISTORY, INDEX, COVERS, DELETED, GONE)
"""What all scripts work on."""
_PAGE = 500
# Entries looked at in one call, which nobody else's commands wait for longer than some milliseconds.
_LOOKED_AT = 500
# A message that was deleted is known for longer than an event of it can be on its way.
_DELETED_KEPT = 100_000
# The clocks of Redis, and of whoever stored the message.
_SKEW = timedelta(minutes=10)
# Bytes of events in one payload: a gateway writes all of it before a socket's client can read any.
_PORTION = 128 * 1024
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_ID_PART_MOST = 2**64 - 1


class Recorded(NamedTuple):
    """An event as it stands on the bus: its id (``-`` if transient), its conversation or None, its JSON, who may see
    it."""

    id: str
    conversation_id: str | None
    body: bytes
    audience: str = ALL

    def frame(self) -> bytes:
        """The JSON object a client receives: the event with its ``id`` put in front."""
        if self.id == "-":
            return self.body
        return b'{"id":"' + self.id.encode() + b'",' + self.body[1:]


class HistoryAnew(msgspec.Struct, frozen=True, tag_field="type", tag="history_anew"):
    """On the control channel, from publish.lua: what comes now follows the position ``after``, whatever came before."""

    after: int


class Missed(NamedTuple):
    """What a client missed: whether the history reached back far enough, and the events in order."""

    recovered: bool
    events: list[Recorded]


class ConversationPage(NamedTuple):
    """A page of one conversation's events: whether the history reaches back, the events, and the id of the last where
    there may be more, None where that was all."""

    unbroken: bool
    events: list[Recorded]
    upto: str | None


class Bus:
    """The publishing side, and the history for REST. Threads may share it."""

    def __init__(self, client: redis.Redis, history: int) -> None:
        self._client = client
        self._history = history
        self._publish = client.register_script(_PUBLISH)
        self._of_conversation = client.register_script(OF_CONVERSATION)
        self._take_out = client.register_script((_LUA / "forget.lua").read_text())

    def publish(self, events: Sequence[Logged], follows: int, anew_at: int = -1) -> int:
        """Append these events, which are in order and the first of which follows that position in the log, to the
        history, and publish them; returns the position at which the history stands then.

        Nothing is done where it stands before ``follows``; unless it stands at ``anew_at``: then what it holds is
        dropped, and it begins with these. What it holds already is not told twice. Raises redis.RedisError.
        """
        self._forget(_deleted(events))
        stands = follows
        for some in _portions(events):
            stands = self._publish_portion(some, follows, anew_at)
            if stands < some[-1].position:
                return stands
            follows, anew_at = some[-1].position, -1
        return stands

    def stands(self) -> int:
        """The position at which the history stands."""
        return stands(self._client)

    def _publish_portion(self, events: Sequence[Logged], follows: int, anew_at: int) -> int:
        arguments: list[str | int | bytes] = [self._history, LIVE_CHANNEL, CONTROL_CHANNEL, FIRST_POSITION]
        arguments += (follows, anew_at)
        for event in events:
            audience = "" if event.audience == ALL else f"|{event.audience}"
            arguments += (f"{event.position}-0 {event.conversation_id or '-'}{audience}", event.body)
        return int(self._publish(keys=KEYS, args=arguments))

    def _forget(self, messages: Sequence[_Deleted]) -> None:
        """Take what these deleted messages said out of the history. Whoever asks for it then has a gap in nothing."""
        if not messages:
            return
        ids = [message.id for message in messages]
        with self._client.pipeline() as pipe:
            pipe.zadd(DELETED, dict.fromkeys(ids, time.time()))
            pipe.zremrangebyrank(DELETED, 0, -_DELETED_KEPT - 1)
            pipe.execute()
        start = self._id_before(min(message.created_at for message in messages) - _SKEW)
        while start:
            reply: Any = self._take_out(keys=KEYS, args=[start, _LOOKED_AT, self._history, *ids])
            start = reply.decode()

    def _id_before(self, moment: datetime) -> str:
        """An id of the history before which nothing was told after that moment: found by halves."""
        first, last = self._position("-"), self._position("+")
        while last - first > _LOOKED_AT:
            middle = (first + last) // 2
            entries: Any = self._client.xrange(HISTORY, f"{middle}-0", count=1)
            at = _AT.search(entries[0][1][b"e"]) if entries else None
            if at is None or datetime.fromisoformat(at[1].decode()) >= moment:
                last = middle
            else:
                first = middle
        return f"{first}-0"

    def _position(self, end: str) -> int:
        read: Any = self._client.xrange if end == "-" else self._client.xrevrange
        entries = read(HISTORY, count=1)
        return int(entries[0][0].partition(b"-")[0]) if entries else 0

    def control(self, body: bytes) -> None:
        """Tell every gateway something about sessions: ``{"type": "session_ended", "user_id": ...}``."""
        self._client.publish(CONTROL_CHANNEL, body)

    def last_event_id(self) -> str:
        """The id of the newest event, or ``0-0`` where there is none."""
        newest: Any = self._client.xrevrange(HISTORY, count=1)
        return newest[0][0].decode() if newest else BEGINNING

    def missed(self, since: str, conversation_id: str | None = None, limit: int = 1000) -> Missed:
        """The events after ``since``, at most ``limit``, of one conversation or of all.

        ``recovered`` is false where the history no longer holds ``since``: what came after it may be gone.
        Raises ValueError where ``since`` is not an event id.
        """
        start = stream_id(since)
        if conversation_id is not None:
            return self._missed_of(conversation_id, start, limit)
        return self._read(start, None, limit)

    def _missed_of(self, conversation_id: str, start: str, limit: int) -> Missed:
        answer: Any = self._of_conversation(KEYS, (conversation_id, start, "+", limit))
        indexed = parse_conversation_page(conversation_id, answer)
        if indexed is None:
            return self._read(start, conversation_id, limit)
        return Missed(indexed.unbroken, indexed.events)

    def _read(self, start: str, conversation_id: str | None, limit: int) -> Missed:
        """From the history itself, all of it behind ``start``."""
        at_start: Any = self._client.xrange(HISTORY, start, start)
        if not reaches_back(start, at_start, {} if at_start else self._info(start)):
            return Missed(False, [])
        events: list[Recorded] = []
        while len(events) < limit:
            page: Any = self._client.xrange(HISTORY, f"({start}", count=_PAGE)
            events += (
                event for event in parse_entries(page) if conversation_id in (None, event.conversation_id)
            )
            if len(page) < _PAGE:
                break
            start = page[-1][0].decode()
        return Missed(True, events[:limit])

    def _info(self, since: str) -> dict[str, Any]:
        with self._client.pipeline() as pipe:
            ask_history(pipe, since)
            return history_info(pipe.execute(raise_on_error=False))


def stands(client: redis.Redis) -> int:
    """The position of the last event that entered the history, 0 where none did."""
    try:
        info: Any = client.xinfo_stream(HISTORY)
    except redis.ResponseError:  # no such key
        return 0
    position = int(info["last-generated-id"].partition(b"-")[0])
    return max(position, FIRST_POSITION - 1) if position else 0


def ask_history(pipe: Any, since: str) -> None:
    """Put into a pipeline what ``history_info`` is made of."""
    pipe.xinfo_stream(HISTORY)
    pipe.zscore(GONE, since)
    pipe.zcard(GONE)


def history_info(answers: Sequence[Any]) -> dict[str, Any]:
    """The history's XINFO, with whether the event at ``since`` was taken out (``gone``) and how many were (``taken``).

    Empty where the history does not exist. Raises redis.RedisError.
    """
    info, gone, taken = answers
    if isinstance(info, redis.ResponseError):  # no such key: nothing has happened yet
        return {}
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return dict(info) | {"gone": gone is not None, "taken": taken}


class _Deleted(msgspec.Struct):
    """What is to be known of a deleted message, as events carry it."""

    id: str
    created_at: datetime


class _Carrier(msgspec.Struct):
    message: _Deleted


_AT = re.compile(rb'"at":"([^"]+)"')
_CARRIED = re.compile(rb'"message":\{"id":"([0-9a-f-]+)"')


def deleted_message(body: bytes) -> bytes | None:
    """The id of the message that this event's JSON tells to be deleted; None where it tells of none."""
    if b'"deleted_at":' not in body or b'"deleted_at":null' in body:
        return None
    match = _CARRIED.search(body)
    return match[1] if match else None


def _deleted(events: Iterable[Logged]) -> list[_Deleted]:
    """The messages that these events tell to be deleted."""
    return [
        msgspec.json.decode(event.body, type=_Carrier).message
        for event in events
        if deleted_message(event.body)
    ]


def _portions(events: Iterable[Logged]) -> Iterator[list[Logged]]:
    """The events in order, in lists of at most ``_PORTION`` bytes, or of one event that is larger."""
    some: list[Logged] = []
    size = 0
    for event in events:
        if some and size + len(event.body) > _PORTION:
            yield some
            some, size = [], 0
        some.append(event)
        size += len(event.body)
    if some:
        yield some


def stream_id(text: str) -> str:
    """``text`` as a stream id. Raises ValueError where it is none."""
    if _ID.fullmatch(text) is None or any(int(part) > _ID_PART_MOST for part in text.split("-")):
        raise ValueError(
            f"{text[:60]!r} is not an event id; use the id of an event, or last_event_id of hello."
        )
    return text


def reaches_back(since: str, entries: Sequence[Any], info: dict[str, Any]) -> bool:
    """Whether nothing after ``since`` is lost: it is still in the history, or nothing was ever taken out.

    ``entries`` is the stream's range at ``since``, ``info`` what ``history_info`` says of it. A history that was lost
    and began anew neither holds ``since`` nor took it out, so no epoch is needed to notice it.
    """
    if entries:
        return True
    if not info:
        return since == BEGINNING
    gone = info.get("gone", False)
    if info["entries-added"] == info["length"] + info.get("taken", 0):  # nothing was ever trimmed
        return since == BEGINNING or gone
    first = info.get("first-entry")
    return gone and first is not None and _order(first[0].decode()) < _order(since)


def _order(event_id: str) -> tuple[int, ...]:
    return tuple(map(int, event_id.split("-")))


def parse_entries(entries: Iterable[Any]) -> Iterator[Recorded]:
    """Events from entries of the history stream as redis-py returns them."""
    for entry_id, values in entries:
        audience = values.get(b"a")
        yield Recorded(
            entry_id.decode(),
            values[b"c"].decode() or None,
            values[b"e"],
            ALL if audience is None else audience.decode(),
        )


def parse_conversation_page(conversation_id: str, answer: Sequence[bytes]) -> ConversationPage | None:
    """The answer of ``OF_CONVERSATION``; None where the index does not reach back and the history must be read."""
    outcome, *rest = answer
    if outcome == b"unindexed":
        return None
    if outcome == b"lost":
        return ConversationPage(False, [], None)
    upto, *flat = rest
    triples = zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    events = [
        Recorded(key.decode(), conversation_id, body, audience.decode() or ALL)
        for key, audience, body in triples
    ]
    return ConversationPage(True, events, upto.decode() or None)


def parse_payload(payload: bytes) -> Iterator[Recorded]:
    """Events from one pub/sub payload."""
    for line in payload.split(b"\n"):
        event_id, scope, body = line.split(b" ", 2)
        conversation, _, audience = scope.decode().partition("|")
        yield Recorded(
            event_id.decode(), None if conversation == "-" else conversation, body, audience or ALL
        )


def transient_payload(event: Event) -> bytes:
    """The pub/sub payload of an event that is not kept in the history."""
    return b"- " + (event.conversation_id or "-").encode() + b" " + encode(event)
