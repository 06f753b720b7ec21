"""``python -m bench.load.crowd_process``: many subscribers, who check that each gets each event once and in order.

The first line on stdin is the plan (bench/load/crowd.py), each further one a list of turns. On stdout: how many are
ready, after each of these; the number of each event once everybody has it; when stdin ends, what came in all. Whatever
is not as it should be ends the process.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import cast

import msgspec
import uvloop
from websockets.frames import Opcode

from bench.file_limit import room_for
from bench.load.crowd import Left, Plan, Turn, Visit
from bench.load.events import number_in
from bench.load.frames import Incoming, masked, upgrade
from bench.measures.tally import Tally
from engines.ports import LOOPBACK

_AT_ONCE = 64
# Each address of this machine has some 28,000 ports, and closed connections keep theirs for a minute.
_ADDRESSES = [f"127.0.0.{last}" for last in range(2, 18)]


class Crowd:
    """All subscribers of this process."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.answers: dict[bytes | None, str] = {frame.encode(): say for frame, say in plan.answers.items()}
        self.tally = Tally(len(plan.visits))
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.leaving = False

    async def enter(self) -> list[Subscriber]:
        """Bring everybody in, some at a time."""
        door = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            inside = [tasks.create_task(self._admit(door, index)) for index in range(len(self.plan.visits))]
        return [task.result() for task in inside]

    async def _admit(self, door: asyncio.Semaphore, index: int) -> Subscriber:
        visit = self.plan.visits[index]
        address = (_ADDRESSES[index % len(_ADDRESSES)], 0)
        async with door:
            _, subscriber = await asyncio.get_running_loop().create_connection(
                lambda: Subscriber(self, index, visit), LOOPBACK, self.plan.port, local_addr=address
            )
            await subscriber.ready
        return subscriber

    def fail(self, error: Exception) -> None:
        """One of them did not get what it should; the first that says so is heard."""
        if not self.failure.done():
            self.failure.set_exception(error)


class Subscriber(asyncio.Protocol):
    """One socket: takes its turns until it is subscribed, and counts from then on."""

    __slots__ = ("_crowd", "_head", "_incoming", "_index", "_transport", "_turns", "_visit", "ready")

    def __init__(self, crowd: Crowd, index: int, visit: Visit) -> None:
        self._crowd = crowd
        self._index = index
        self._visit = visit
        self._turns: list[Turn] = []
        self._head: bytes | None = b""
        self._incoming = Incoming()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(self, turns: Sequence[Turn]) -> None:
        """Take these turns; ``ready`` once they are taken."""
        if self.ready.done():
            self.ready = asyncio.get_running_loop().create_future()
        self._turns = list(turns)
        self._take_turns(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(upgrade(self._crowd.plan.port, self._visit.path, self._visit.headers))

    def data_received(self, data: bytes) -> None:
        try:
            if self._head is not None:
                data = self._upgraded(self._head + data)
            for opcode, payload in self._incoming.feed(data):
                self._take(opcode, payload)
        except ValueError as error:
            self._crowd.fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._crowd.leaving:
            self._crowd.fail(ConnectionError(f"the server hung up on subscriber {self._index}: {exc}"))

    def _upgraded(self, head: bytes) -> bytes:
        """Read the answer to the upgrade; returns what came after it."""
        self._head = head
        answer, end, rest = head.partition(b"\r\n\r\n")
        if not end:
            return b""
        if b" 101 " not in answer.split(b"\r\n", 1)[0]:
            raise ValueError(f"no socket for {self._visit.path}: {answer[:200]!r}")
        self._head = None
        self.begin(self._crowd.plan.turns)
        return rest

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == Opcode.TEXT:
            number = number_in(payload)
            if number is None:
                self._crowd.tally.others += 1
                self._take_turns(payload)
            elif self._crowd.tally.got(self._index, number):
                print(number, flush=True)
        elif opcode == Opcode.PING:
            self._transport.write(masked(Opcode.PONG, payload))
        elif opcode == Opcode.CLOSE:
            raise ValueError(f"the server closed subscriber {self._index}: {payload!r}")

    def _take_turns(self, heard: bytes | None) -> None:
        """Say what is to be said to that frame; None is no frame."""
        if heard in self._crowd.answers:
            self._say(self._crowd.answers[heard])
        elif self._turns and _is_due(self._turns[0], heard):
            self._say(self._turns.pop(0).say)
        if not self._turns and not self.ready.done():
            self.ready.set_result(None)

    def _say(self, text: str) -> None:
        if text:
            self._transport.write(masked(Opcode.TEXT, text.encode()))


def _is_due(turn: Turn, heard: bytes | None) -> bool:
    if turn.on is None or heard is None:
        return turn.on is None and heard is None
    return turn.on.encode() in heard


async def attend(crowd: Crowd, reader: asyncio.StreamReader) -> None:
    """Come in, and take the turns that are told until nothing more is."""
    subscribers = await crowd.enter()
    print(len(subscribers), flush=True)
    while line := await reader.readline():
        turns = msgspec.json.decode(line, type=list[Turn])
        for subscriber in subscribers:
            subscriber.begin(turns)
        for subscriber in subscribers:
            await subscriber.ready
        print(len(subscribers), flush=True)
    crowd.leaving = True


async def main() -> None:
    reader = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    plan = msgspec.json.decode(await reader.readline(), type=Plan)
    room_for(len(plan.visits))
    crowd = Crowd(plan)
    attending = asyncio.ensure_future(attend(crowd, reader))
    await asyncio.wait((attending, crowd.failure), return_when=asyncio.FIRST_COMPLETED)
    if crowd.failure.done():
        sys.exit(f"bench.load.crowd_process: {crowd.failure.exception()}")
    attending.result()
    print(msgspec.json.encode(Left(crowd.tally.frames, crowd.tally.others)).decode(), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
