"""The servers of the fan-out, ours and the references: how each is started, entered, and fed from outside."""

from __future__ import annotations

import contextlib
import http.client
import string
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import msgspec
import redis

from bench import installing
from bench.house import House
from bench.load.agents import agents
from bench.load.companion import companion
from bench.load.crowd import Plan, Turn, Visit
from bench.measures import cpu
from engines.ports import LOOPBACK, free_port
from realtime.bus import Bus
from schema.audiences import ALL
from schema.events import FIRST_POSITION, Logged

_NCHAN_CONF = Path(__file__).parent / "references" / "nchan.conf"
_CHANNELS = "bench.references.channels.application"
_HISTORY = 10_000

Publish = Callable[[str, bytes], None]
"""Publish an event (JSON) to a conversation, as another process of the same house would."""


class Server(NamedTuple):
    """A running server: its process, and the plan with which so many subscribers of a conversation enter."""

    pid: int
    plan: Callable[[str, int], Plan]
    publish: Publish

    @property
    def cpu_seconds(self) -> float:
        return cpu.seconds(self.pid)


Start = Callable[[House], AbstractContextManager[Server]]
"""Starts a server for the time of a ``with``. Raises installing.Missing."""


@contextlib.contextmanager
def ours(home: House) -> Iterator[Server]:
    """The gateway of the house."""
    port = home.add_gateway()
    yield at_gateway(home.redis, home.pid("ws"), port)
    home.stop("ws")


def at_gateway(client: redis.Redis, pid: int, port: int) -> Server:
    """A running gateway, fed as the worker does it: history and pub/sub in one script."""
    bus = Bus(client, _HISTORY)

    def plan(conversation: str, count: int) -> Plan:
        subscribe = f'{{"type":"subscribe_conversation","conversation_id":"{conversation}"}}'
        return Plan(port, agents(client, count), [Turn('"hello"', subscribe), Turn('"subscribed"')])

    def publish(conversation: str, event: bytes) -> None:
        stands = bus.stands()
        bus.publish([Logged(max(stands + 1, FIRST_POSITION), conversation, ALL, event)], stands)

    return Server(pid, plan, publish)


@contextlib.contextmanager
def nchan(home: House) -> Iterator[Server]:
    """nginx, fed over one kept connection to its own publishing endpoint."""
    module, port = installing.nchan_module(), free_port()
    directory = home.directory / f"nchan-{port}"
    directory.mkdir()
    conf = string.Template(_NCHAN_CONF.read_text()).substitute(module=module, port=port)
    (directory / "nginx.conf").write_text(conf)
    home.add_web("nchan", {"NCHAN_DIRECTORY": str(directory), "PATH": installing.SYSTEM_PATH}, port)

    def plan(conversation: str, count: int) -> Plan:
        return Plan(port, [Visit(f"/conversation/{conversation}")] * count, [])

    with contextlib.closing(http.client.HTTPConnection(LOOPBACK, port, timeout=10)) as connection:
        yield Server(home.pid("nchan"), plan, lambda to, event: _post(connection, f"/publish/{to}", event))
    home.stop("nchan")


@contextlib.contextmanager
def node_ws(home: House) -> Iterator[Server]:
    """Node's ws, fed by Redis pub/sub."""
    port = home.add_web("node-ws", {"NODE_PATH": str(installing.node_modules())})

    def plan(conversation: str, count: int) -> Plan:
        subscribe = f'{{"type":"subscribe","conversation_id":"{conversation}"}}'
        return Plan(port, [Visit("/")] * count, [Turn(None, subscribe), Turn('"subscribed"')])

    def publish(conversation: str, event: bytes) -> None:
        home.redis.publish(f"conversation:{conversation}", event)

    yield Server(home.pid("node-ws"), plan, publish)
    home.stop("node-ws")


@contextlib.contextmanager
def socketio(home: House) -> Iterator[Server]:
    """Socket.IO with its Redis adapter, fed by its Redis emitter."""
    path = {"NODE_PATH": str(installing.node_modules())}
    port = home.add_web("socketio", path)

    def plan(conversation: str, count: int) -> Plan:
        # Engine.IO's 0 opens and 2 asks for a sign of life; Socket.IO's 40 connects, 420 asks for answer 430.
        turns = [Turn('0{"sid"', "40"), Turn('40{"sid"', f'420["subscribe","{conversation}"]'), Turn("430[")]
        visit = Visit("/socket.io/?EIO=4&transport=websocket")
        return Plan(port, [visit] * count, turns, answers={"2": "3"})

    with _publisher(home, ["node", "bench/references/node/emitter.js"], path) as publish:
        yield Server(home.pid("socketio"), plan, publish)
    home.stop("socketio")


@contextlib.contextmanager
def channels(home: House) -> Iterator[Server]:
    """Django Channels under uvicorn with its Redis pub/sub layer, fed by ``group_send`` in a process beside it."""
    python = str(installing.channels_python())
    port = home.add_web("channels", {"CHANNELS_PYTHON": python})

    def plan(conversation: str, count: int) -> Plan:
        return Plan(port, [Visit(f"/ws/{conversation}/")] * count, [])

    with _publisher(home, [python, "-m", _CHANNELS], {}) as publish:
        yield Server(home.pid("channels"), plan, publish)
    home.stop("channels")


@contextlib.contextmanager
def _publisher(home: House, command: Sequence[str], env: dict[str, str]) -> Iterator[Publish]:
    """A reference's own publisher, in a process that takes a line for each event."""
    with companion(command, home.formation.env | env) as beside:

        def publish(conversation: str, event: bytes) -> None:
            line = {"conversation": conversation, "event": msgspec.Raw(event)}
            beside.tell(msgspec.json.encode(line))

        yield publish


def _post(connection: http.client.HTTPConnection, path: str, event: bytes) -> None:
    connection.request("POST", path, event)
    answer = connection.getresponse()
    answer.read()
    if answer.status not in (http.HTTPStatus.CREATED, http.HTTPStatus.ACCEPTED):
        raise RuntimeError(f"nchan answered {answer.status} to an event")
