"""Row 5: memory an idle socket, from many sockets at one gateway against as many at a bare echo server.

Every run is a new process that never had a socket: what it has grown by is divided by their number. Our sockets
are agents' as the console opens them: a login of its own each, authenticated, subscribed to the inbox. The echo
server's have echoed one message. Clients offer compression, as browsers do; the echo server takes it by default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.file_limit import room_for
from bench.house import House, house
from bench.load.agents import agents
from bench.load.crowd import Crowd, Plan, Turn, Visit, crowd
from bench.load.frames import DEFLATE
from bench.measures import memory
from bench.measures.pairs import Pairs, Run, in_turn
from bench.measures.report import AT_MOST, Row, Target
from bench.options import Options
from engines.waiting import wait_until
from realtime.presence import PresenceReader, connections_key

_SOCKETS = 10_000
_ALLOWED_KB = 25.0
_LONGEST_S = 60.0
_SUBSCRIBE = '{"type":"subscribe_inbox"}'


def run(options: Options) -> list[Row]:
    sockets = options.count or _SOCKETS
    room_for(sockets)
    with house(["web"]) as home:
        ours = _gateway(home, sockets)
        bare = in_turn(options.pairs, "idle / websockets", ours, _echo(home, "echo", sockets))
        plain = in_turn(options.pairs, "idle / without compression", ours, _echo(home, "echo-plain", sockets))
    return [
        bare.row("memory", "idle memory / websockets", "KB/socket", Target(AT_MOST, 1.5)),
        plain.row("memory", "idle memory / websockets, no compression", "KB/socket"),
        _allowed(bare.ours).row("memory", "idle memory / 25 KB allowed", "KB/socket", Target(AT_MOST, 1.0)),
    ]


def _allowed(ours: Sequence[dict[str, float]]) -> Pairs:
    """A bound that is no measurement."""
    return Pairs(ours, [{"memory": _ALLOWED_KB}] * len(ours))


def _gateway(home: House, sockets: int) -> Run:
    def start() -> tuple[str, Plan]:
        port = home.add_gateway()
        return "ws", Plan(port, agents(home.redis, sockets, DEFLATE), [Turn('"hello"')])

    def settle_in(everybody: Crowd) -> None:
        """Subscribe once the news of everybody's coming is out: each would get it ten thousand times."""
        if not wait_until(lambda: _recorded(home) == sockets, _LONGEST_S):
            raise TimeoutError(f"{_recorded(home)} of {sockets} sockets are in the records of presence")
        everybody.take([Turn(None, _SUBSCRIBE), Turn('"subscribed"')])

    return _growth(home, start, settle_in)


def _recorded(home: House) -> int:
    alive = PresenceReader(home.redis).gateways()
    return sum(int(home.redis.hlen(connections_key(gateway.gateway))) for gateway in alive)


def _echo(home: House, name: str, sockets: int) -> Run:
    def start() -> tuple[str, Plan]:
        return name, Plan(home.add_web(name), [Visit("/", DEFLATE)] * sockets, [])

    def settle_in(everybody: Crowd) -> None:
        everybody.take([Turn(None, _SUBSCRIBE), Turn("")])

    return _growth(home, start, settle_in)


def _growth(home: House, start: Callable[[], tuple[str, Plan]], settle_in: Callable[[Crowd], None]) -> Run:
    def one() -> dict[str, float]:
        name, plan = start()
        empty = memory.settled(home.pid(name))
        with crowd(plan) as everybody:
            settle_in(everybody)
            full = memory.settled(home.pid(name))
            everybody.leave()
        home.stop(name)
        return {"memory": (full - empty) / len(plan.visits)}

    return one
