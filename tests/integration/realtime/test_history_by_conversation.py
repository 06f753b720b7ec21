"""What a client missed of one conversation: what reading the whole history would give, and not by reading it."""

from __future__ import annotations

import random
from typing import Any

import pytest
import redis

from realtime.bus import BEGINNING, HISTORY, INDEX
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration

ONE, TWO = "0190a000-0000-7000-8000-00000000000a", "0190a000-0000-7000-8000-00000000000b"
LONGEST = 300
# How far a history may be longer than it should be, since what is oldest leaves in portions.
SLACK = 128


@pytest.fixture
def short(client: redis.Redis) -> TellingBus:
    return TellingBus(client, LONGEST)


def publish(bus: TellingBus, *conversations: str | None) -> list[str]:
    return bus.tell_encoded((conversation, b'{"n":%d}' % n) for n, conversation in enumerate(conversations))


def publish_as_before(client: redis.Redis, conversation_id: str, maxlen: int = LONGEST) -> str:
    """As a version without the index does."""
    fields: Any = {"c": conversation_id, "e": b'{"before":1}'}
    key: Any = client.xadd(HISTORY, fields, maxlen=maxlen, approximate=True)
    return str(key.decode())


def read_whole(client: redis.Redis, after: str, conversation_id: str) -> list[tuple[str, bytes]]:
    entries: Any = client.xrange(HISTORY, f"({after}")
    return [
        (key.decode(), fields[b"e"]) for key, fields in entries if fields[b"c"].decode() == conversation_id
    ]


def missed(
    bus: TellingBus, after: str, conversation_id: str = ONE, limit: int = 1000
) -> list[tuple[str, bytes]]:
    page = bus.missed(after, conversation_id, limit)
    assert page.recovered
    assert {event.conversation_id for event in page.events} <= {conversation_id}
    return [(event.id, event.body) for event in page.events]


def reads(client: redis.Redis) -> int:
    """How often the history was read since the last time."""
    stats: Any = client.info("commandstats")
    client.config_resetstat()
    return int(stats.get("cmdstat_xrange", {"calls": 0})["calls"])


def test_it_is_what_reading_the_history_would_give(short: TellingBus, client: redis.Redis) -> None:
    chance = random.Random(7)
    for _ in range(40):
        publish(short, *chance.choices((ONE, TWO, None), k=chance.randrange(1, 30)))
        ids = [key.decode() for key, _ in client.xrange(HISTORY)]  # type: ignore[union-attr]
        for after in (ids[0], chance.choice(ids), ids[-1]):
            for which in (ONE, TWO):
                whole = read_whole(client, after, which)
                assert missed(short, after, which) == whole
                assert missed(short, after, which, 3) == whole[:3]
    assert client.xlen(HISTORY) == client.zcard(INDEX)
    assert LONGEST <= int(client.xlen(HISTORY)) <= LONGEST + SLACK  # type: ignore[arg-type]


def test_only_what_is_asked_for_is_read(bus: TellingBus, client: redis.Redis) -> None:
    (start, *_) = publish(bus, ONE, *[TWO] * 5000, ONE, ONE)
    reads(client)
    assert len(missed(bus, start)) == 2
    assert reads(client) <= 3


def test_from_the_beginning_of_a_history_nothing_has_left(bus: TellingBus, client: redis.Redis) -> None:
    assert missed(bus, BEGINNING) == []
    publish(bus, ONE, TWO, ONE)
    assert len(missed(bus, BEGINNING)) == 2


def test_a_history_that_no_longer_reaches_back_says_so(short: TellingBus, client: redis.Redis) -> None:
    (first,) = publish(short, ONE)
    publish(short, *[TWO] * (LONGEST + SLACK + 1))
    for after in (first, BEGINNING, "1-1", "9999999999999-0"):
        assert short.missed(after, ONE) == (False, [])


def test_a_history_written_by_the_version_before_is_read_as_it_was(
    short: TellingBus, client: redis.Redis
) -> None:
    old = [publish_as_before(client, conversation) for conversation in (ONE, TWO, ONE, ONE)]
    assert missed(short, old[0]) == read_whole(client, old[0], ONE)
    new = publish(short, TWO, ONE, ONE)
    assert missed(short, old[0]) == read_whole(client, old[0], ONE)
    reads(client)
    assert len(missed(short, old[-1])) == len(missed(short, new[0])) == 2
    assert reads(client) <= 6


def test_two_versions_that_publish_in_turn_lose_nothing(short: TellingBus, client: redis.Redis) -> None:
    (start,) = publish(short, ONE)
    for n in range(3 * LONGEST):
        publish_as_before(client, ONE) if n % 3 else publish(short, ONE, TWO)
        if n == 50:
            assert missed(short, start) == read_whole(client, start, ONE)
    entries: Any = client.xrange(HISTORY)
    for after in (entries[0][0].decode(), entries[-9][0].decode()):
        assert missed(short, after) == read_whole(client, after, ONE)
    publish(short, *[ONE] * 2 * LONGEST)
    assert int(client.zcard(INDEX)) <= 2 * LONGEST + 2 * SLACK  # type: ignore[arg-type]


def test_a_history_that_was_lost_begins_anew(short: TellingBus, client: redis.Redis) -> None:
    ids = publish(short, ONE, ONE)
    client.delete(HISTORY)
    assert short.missed(ids[0], ONE) == (False, [])
    again = publish(short, TWO, ONE)
    assert short.missed(ids[0], ONE) == (False, [])
    assert [key for key, _ in missed(short, again[0])] == again[1:]


def test_an_event_that_was_taken_out_is_left_out_and_hides_none_behind_it(
    bus: TellingBus, client: redis.Redis
) -> None:
    ids = publish(bus, *[ONE] * 10)
    client.xdel(HISTORY, *ids[1:8])
    assert [key for key, _ in missed(bus, ids[0], limit=2)] == ids[8:]
