"""How fast messages may go out, shared by all senders in Redis: by number and by person, as Meta limits them.

Meta's limits: 80 messages a second a number (1,000 after an upgrade), and one every 6 seconds to the same person
with a burst of 45 (Cloud API > Throughput, > Messages > Pair rate limits, 2026-09). Where Meta throttles a number
all the same (130429) its rate is halved, and grows back in five minutes.

Keys: ``parley:pace:number:<phone_number_id>`` and its ``:log``, ``parley:pace:person:<conversation id>``. Losing
them costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import redis

_LUA = Path(__file__).parent / "lua"
_RECOVERY_MS = 600_000
_SERVERS_CLOCK = 0.0


class Granted(NamedTuple):
    """How many messages may go now, and where that is fewer than asked, the seconds until the next may."""

    messages: int
    wait_s: float


class Pacing:
    """Threads may share it. Raises redis.RedisError where Redis cannot be used: then nothing may be sent.

    ``now`` is a moment in seconds for tests; without it Redis' own clock counts, one for all senders.
    """

    def __init__(self, client: redis.Redis, person_interval_s: float, person_burst: int) -> None:
        self._client = client
        self._interval_ms = person_interval_s * 1000
        self._burst = person_burst
        self._number = client.register_script((_LUA / "pace_number.lua").read_text())
        self._persons = client.register_script((_LUA / "pace_persons.lua").read_text())

    def take(self, phone_number_id: str, wanted: int, rate: float, now: float = _SERVERS_CLOCK) -> Granted:
        """Ask to send so many messages from a number of this rate, in messages a second."""
        granted, wait_ms = self._settle(phone_number_id, "take", wanted, rate, now)
        return Granted(granted, wait_ms / 1000)

    def give_back(self, phone_number_id: str, count: int, rate: float, now: float = _SERVERS_CLOCK) -> None:
        """Granted, and not made use of."""
        if count:
            self._settle(phone_number_id, "return", count, rate, now)

    def slow(
        self, phone_number_id: str, rate: float, pause_s: float = 0.0, now: float = _SERVERS_CLOCK
    ) -> None:
        """Meta throttled the number: go on at half its pace, after the pause that Meta asked for."""
        self._settle(phone_number_id, "slow", pause_s * 1000, rate, now)

    def _settle(self, phone_number_id: str, verb: str, amount: float, rate: float, now: float) -> Any:
        arguments = (verb, amount, rate, _RECOVERY_MS, now * 1000)
        state = f"parley:pace:number:{phone_number_id}"
        return self._number(keys=[state, f"{state}:log"], args=arguments)

    def persons(self, conversation_ids: Sequence[str], now: float = _SERVERS_CLOCK) -> list[float]:
        """Ask to send one message in each of these conversations: 0 where it may go, else the seconds to wait."""
        if not conversation_ids:
            return []
        keys = [_person(conversation_id) for conversation_id in conversation_ids]
        waits: Any = self._persons(keys=keys, args=(self._interval_ms, self._burst, now * 1000))
        return [wait / 1000 for wait in waits]

    def strain(self, conversation_id: str) -> None:
        """Meta throttled one person's messages: their burst is used up, whatever we counted."""
        moment: Any = self._client.time()
        seconds, micros = moment
        left_ms = self._burst * self._interval_ms
        whole = seconds * 1000 + micros / 1000 + left_ms
        self._client.set(_person(conversation_id), f"{whole:.3f}", px=int(left_ms))


def _person(conversation_id: str) -> str:
    return f"parley:pace:person:{conversation_id}"
