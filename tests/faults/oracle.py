"""Whether nothing was lost and nothing doubled: what was acknowledged, what is stored, what was told."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from engines.waiting import wait_until

if TYPE_CHECKING:
    from tests.conftest import House
    from tests.faults.load import Load
    from tests.faults.subscriber import Subscriber

# A worker that comes back has to be done with what its predecessor left within this.
PICKED_UP_S = 10.0
_STORED = "SELECT wamid, count(*) FROM message WHERE wamid = ANY(%s) GROUP BY wamid"
_UNREAD = "SELECT sum(v.unread_count) FROM conversation v JOIN contact c ON c.id = v.contact_id WHERE c.phone = ANY(%s)"
_UNDONE = """
SELECT (SELECT count(*) FROM dead_letter), (SELECT count(*) FROM pending_event),
       (SELECT count(*) FROM message WHERE lease_until IS NOT NULL),
       (SELECT count(*) FROM message WHERE status IN ('queued', 'sending'))
"""

_WHY_DEAD = "SELECT DISTINCT regexp_replace(error, 'entry [0-9-]+', '') FROM dead_letter LIMIT 5"


def check(house: House, load: Load, subscriber: Subscriber, seconds: float = PICKED_UP_S) -> None:
    """Wait until nothing is left to do, then hold the three against each other."""
    acked = load.acked()
    assert acked, "nothing was acknowledged, so this proves nothing"
    assert len(acked) == load.count
    settle(house, seconds)
    _check_stored(house, load)
    _check_told(load, subscriber)


def settle(house: House, seconds: float = PICKED_UP_S) -> None:
    """No delivery, no event, no send and no lease is left over, and no letter is dead."""
    assert wait_until(lambda: house.redis.xlen("parley:inbox") == 0, seconds), "the inbox is not drained"
    assert wait_until(lambda: house.ask(_UNDONE) == [(0, 0, 0, 0)], seconds), (
        f"dead letters, pending events, leases, unsent: {house.ask(_UNDONE)}; {house.ask(_WHY_DEAD)}"
    )
    assert house.redis.xpending("parley:inbox", "persist")["pending"] == 0
    assert house.redis.hlen("parley:inbox:attempts") == 0
    assert house.formation.lost() == {}


def _check_stored(house: House, load: Load) -> None:
    stored = dict(house.ask(_STORED, list(load.posted)))
    lost = [each for each in load.acked() if each.wamid not in stored]
    assert not lost, f"{len(lost)} acknowledged and not stored: {lost[:5]}"
    assert set(stored.values()) == {1}
    # Each row counted once: a batch that was repeated after a crash must not count again.
    assert house.ask(_UNREAD, list(load.phones)) == [(len(stored),)]


def _check_told(load: Load, subscriber: Subscriber) -> None:
    acked = {each.wamid for each in load.acked()}
    told_all = wait_until(lambda: acked <= {each["wamid"] for each in subscriber.messages()}, 10.0)
    told = [load.posted[each["wamid"]] for each in subscriber.messages() if each["wamid"] in load.posted]
    assert told_all, f"{len(acked - {each.wamid for each in told})} acknowledged and never told"
    for phone in load.phones:
        numbers = [each.number for each in told if each.phone == phone]
        assert numbers == sorted(numbers), f"{phone} was told out of order"
    ids = [_position(each["id"]) for each in subscriber.events]
    assert ids == sorted(set(ids)), "an event came twice, or before one with a lower id"
    assert subscriber.trouble == []


def _position(event_id: str) -> tuple[int, int]:
    milliseconds, sequence = event_id.split("-")
    return int(milliseconds), int(sequence)


def repeats(subscriber: Subscriber) -> int:
    """How many messages were told more than once, under new event ids: allowed, where a crash made it so."""
    told = Counter(each["message"]["id"] for each in subscriber.events if each["type"] == "new_message")
    return sum(1 for times in told.values() if times > 1)
