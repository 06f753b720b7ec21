"""The bus: events go into a capped history stream and out over pub/sub, a portion in one Lua call.

Wire forms, shared by the publisher here and the gateway's relay:

- history: stream ``parley:events``, entries ``{c: conversation id or "", e: event JSON}``;
- by conversation: sorted set ``parley:events:index``, a member ``<conversation>:<id>`` an entry of the history; hash
  ``parley:events:covers``, after which id it has them all, and how many entries had been added when it last did;
- live: channel ``parley:events:live``, payload of one line ``<id> <conversation id or -> <json>`` an event;
- live only (typing, presence): channel ``parley:events:transient``, the same lines with ``-`` as id;
- control (a session ended): channel ``parley:control``, one JSON object.

An event's id is its stream id: opaque to clients, and ordered.

Where an event tells that a message was deleted, the events that carried what it said are taken out of the history
first, and those that come late are dropped. Keys: ``parley:events:deleted`` the messages, by when they were deleted;
``parley:events:gone`` the ids of events taken out, which stay good as a client's place.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import msgspec
import redis

from ground.fence import UNFENCED, Fence
from realtime.fence import key_of, refusing
from schema.events import Event, MessageUpdated, NewMessage, encode
from schema.views import MessageView

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
"""The script that reads the events of one conversation; its answer is for ``parse_found``."""
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
_Encoded = tuple[str | None, bytes]
_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_ID_PART_MOST = 2**64 - 1


class Recorded(NamedTuple):
    """An event as it stands on the bus: its id (``-`` if transient), its conversation or None, its JSON."""

    id: str
    conversation_id: str | None
    body: bytes

    def frame(self) -> bytes:
        """The JSON object a client receives: the event with its ``id`` put in front."""
        if self.id == "-":
            return self.body
        return b'{"id":"' + self.id.encode() + b'",' + self.body[1:]


class Missed(NamedTuple):
    """What a client missed: whether the history reached back far enough, and the events in order."""

    recovered: bool
    events: list[Recorded]


class Found(NamedTuple):
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

    def publish(self, events: Iterable[Event], fence: Fence = UNFENCED) -> list[str]:
        """Append the events to the history and publish them, in order; returns their ids.

        Raises redis.RedisError where that could not be done, and Fenced where the drain whose ``fence`` this is
        was replaced.
        """
        told = list(events)
        deleted = {each.message.id: each.message for each in told if _tells_of_deletion(each)}
        self._forget(list(deleted.values()))
        told = [_as_deleted(each, deleted) for each in told]
        return self.publish_encoded(((event.conversation_id, encode(event)) for event in told), fence)

    def publish_encoded(self, events: Iterable[_Encoded], fence: Fence = UNFENCED) -> list[str]:
        """The same for events that are JSON already: (conversation id or None, JSON) each. They tell of no deletion."""
        return [key for some in _portions(events) for key in self._publish_portion(some, fence)]

    def _publish_portion(self, events: list[_Encoded], fence: Fence) -> list[str]:
        arguments: list[str | int | bytes] = [self._history, LIVE_CHANNEL, fence.number]
        for conversation_id, body in events:
            arguments += (conversation_id or "", body)
        with refusing():
            ids: list[bytes] = self._publish(keys=[*KEYS, key_of(fence)], args=arguments)
        return [each.decode() for each in ids]

    def _forget(self, messages: Sequence[MessageView]) -> None:
        """Take what these deleted messages said out of the history. Whoever asks for it then has a gap in nothing."""
        if not messages:
            return
        ids = [each.id for each in messages]
        with self._client.pipeline() as pipe:
            pipe.zadd(DELETED, dict.fromkeys(ids, time.time()))
            pipe.zremrangebyrank(DELETED, 0, -_DELETED_KEPT - 1)
            pipe.execute()
        first = min(each.created_at for each in messages) - _SKEW
        start = f"{max(0, int(first.timestamp() * 1000))}-0"
        while start:
            reply: Any = self._take_out(keys=KEYS, args=[start, _LOOKED_AT, self._history, *ids])
            start = reply.decode()

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
        found = parse_found(conversation_id, answer)
        if found is None:
            return self._read(start, conversation_id, limit)
        return Missed(found.unbroken, found.events)

    def _read(self, start: str, conversation_id: str | None, limit: int) -> Missed:
        """From the history itself, all of it behind ``start``."""
        held: Any = self._client.xrange(HISTORY, start, start)
        if not reaches_back(start, held, {} if held else self._info(start)):
            return Missed(False, [])
        found: list[Recorded] = []
        while len(found) < limit:
            page: Any = self._client.xrange(HISTORY, f"({start}", count=_PAGE)
            found += (each for each in parse_entries(page) if conversation_id in (None, each.conversation_id))
            if len(page) < _PAGE:
                break
            start = page[-1][0].decode()
        return Missed(True, found[:limit])

    def _info(self, since: str) -> dict[str, Any]:
        with self._client.pipeline() as pipe:
            ask_history(pipe, since)
            return history_info(pipe.execute(raise_on_error=False))


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
    for each in answers:
        if isinstance(each, Exception):
            raise each
    return dict(info) | {"gone": gone is not None, "taken": taken}


def _tells_of_deletion(event: Event) -> TypeGuard[NewMessage | MessageUpdated]:
    return isinstance(event, NewMessage | MessageUpdated) and event.message.deleted_at is not None


def _as_deleted(event: Event, deleted: Mapping[str, MessageView]) -> Event:
    """Of a message that is deleted by the same news it came with, all events tell what is left of it."""
    if isinstance(event, NewMessage | MessageUpdated) and event.message.id in deleted:
        return msgspec.structs.replace(event, message=deleted[event.message.id])
    return event


_CARRIED = re.compile(rb'"message":\{"id":"([0-9a-f-]+)"')


def deleted_message(body: bytes) -> bytes | None:
    """The id of the message that this event's JSON tells to be deleted; None where it tells of none."""
    if b'"deleted_at":' not in body or b'"deleted_at":null' in body:
        return None
    found = _CARRIED.search(body)
    return found[1] if found else None


def _portions(events: Iterable[_Encoded]) -> Iterator[list[_Encoded]]:
    """The events in order, in lists of at most ``_PORTION`` bytes, or of one event that is larger."""
    some: list[_Encoded] = []
    size = 0
    for event in events:
        if some and size + len(event[1]) > _PORTION:
            yield some
            some, size = [], 0
        some.append(event)
        size += len(event[1])
    if some:
        yield some


def stream_id(text: str) -> str:
    """``text`` as a stream id. Raises ValueError where it is none."""
    if _ID.fullmatch(text) is None or any(int(part) > _ID_PART_MOST for part in text.split("-")):
        raise ValueError(
            f"{text[:60]!r} is not an event id; use the id of an event, or last_event_id of hello."
        )
    return text


def reaches_back(since: str, found: Sequence[Any], info: dict[str, Any]) -> bool:
    """Whether nothing after ``since`` is lost: it is still in the history, or nothing was ever taken out.

    ``found`` is the stream's range at ``since``, ``info`` what ``history_info`` says of it. A history that was lost
    and began anew neither holds ``since`` nor took it out, so no epoch is needed to notice it.
    """
    if found:
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
        yield Recorded(entry_id.decode(), values[b"c"].decode() or None, values[b"e"])


def parse_found(conversation_id: str, answer: Sequence[bytes]) -> Found | None:
    """The answer of ``OF_CONVERSATION``; None where the index does not reach back and the history must be read."""
    told, *rest = answer
    if told == b"unindexed":
        return None
    if told == b"lost":
        return Found(False, [], None)
    upto, *flat = rest
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return Found(
        True, [Recorded(key.decode(), conversation_id, body) for key, body in pairs], upto.decode() or None
    )


def parse_payload(payload: bytes) -> Iterator[Recorded]:
    """Events from one pub/sub payload."""
    for line in payload.split(b"\n"):
        event_id, conversation, body = line.split(b" ", 2)
        yield Recorded(event_id.decode(), None if conversation == b"-" else conversation.decode(), body)


def transient_payload(event: Event) -> bytes:
    """The pub/sub payload of an event that is not kept in the history."""
    return b"- " + (event.conversation_id or "-").encode() + b" " + encode(event)
