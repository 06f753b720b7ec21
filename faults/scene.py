"""A scene: one row being played, and everything it may lay hands on."""

from __future__ import annotations

import contextlib
import itertools
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.postgres import Postgres
from engines.valkey import Valkey
from engines.waiting import wait_until
from faults.expect import eventually, expect
from faults.home import Home
from faults.ledger import Said
from faults.people.customers import Customers
from faults.people.subscriber import Subscriber
from faults.people.writers import Agents
from faults.sandbox_journal import SandboxJournal

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

CUSTOMERS = 6
# In the long form, and in the short one, for which houses share a machine: seconds between two messages of a
# customer and of an agent, and how many of them make a load before, during and after a fault. The four agents' 25
# messages a second are below what Meta takes of a number (80), so that there is room to catch up.
_PAUSES_S = {True: (0.02, 0.16), False: (0.1, 0.4)}
_ENOUGH = {True: (50, 8), False: (12, 3)}


class Scene:
    """``customers`` and ``agents`` are the two loads, ``subscriber`` an agent who watches from before the first
    message. ``extent`` is the row's short or long form, ``crowd`` how many people the agents write to. ``explained``
    are raw deliveries that may become dead letters, ``probes`` messages that the row itself asked for, ``muted`` says
    that Meta tells of no statuses."""

    def __init__(
        self,
        home: Home,
        directory: Path,
        *,
        crowd: int,
        extent: float,
        long: bool = False,
        patience: float = 1.0,
    ) -> None:
        self._patience = patience
        self.home = home
        self.house = home.house
        self.formation = home.house.formation
        self.long = long
        self.extent = extent
        directory.mkdir(parents=True, exist_ok=True)
        writers, recipients = home.phones(CUSTOMERS), home.phones(crowd)
        customers_s, agents_s = _PAUSES_S[long]
        self.customers = Customers(self.house, directory / "acked", writers, customers_s)
        self.agents = Agents(self.house, directory / "asked", recipients, agents_s)
        self.subscriber = Subscriber(self.house, home.agent, (*writers, *recipients))
        self.journal = SandboxJournal(self.house)
        self.began = datetime.now(UTC)
        self.explained: set[bytes] = set()
        self.probes: list[Said] = []
        self.muted = False
        self.ended_at: float | None = None
        self._stack = contextlib.ExitStack()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.subscriber)
            stack.enter_context(self.customers)
            stack.enter_context(self.agents)
            self.open_windows(self.agents.phones)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def valkey(self) -> Valkey:
        assert self.formation.valkey is not None, "the house uses somebody else's Redis"
        return self.formation.valkey

    @property
    def postgres(self) -> Postgres:
        assert self.formation.postgres is not None, "the house uses somebody else's Postgres"
        return self.formation.postgres

    def begin(self) -> None:
        """Put both journeys under load, and wait until they are."""
        self.customers.start()
        self.agents.start()
        self.go_on()

    def go_on(self, times: int = 1) -> None:
        """Wait until either journey has promised some more."""
        incoming, outgoing = _ENOUGH[self.long]
        self.customers.await_more(incoming * times)
        self.agents.await_more(outgoing * times)

    def stop(self) -> None:
        """Nobody writes any more."""
        self.customers.stop()
        self.agents.stop()

    def end(self) -> None:
        """The fault is over: from here on counts how long recovery takes. Only the first call counts."""
        self.ended_at = self.ended_at or time.monotonic()

    def last(self, seconds: float | None = None) -> None:
        """Let the fault last for the row's extent, in seconds. This, and nothing else, is a wait for time."""
        time.sleep(self.extent if seconds is None else seconds)

    def restart(self, name: str) -> None:
        """SIGKILL a process and start it again."""
        self.formation.kill(name)
        self.formation.restart(name)

    def open_windows(self, phones: Iterator[str] | tuple[str, ...] | list[str]) -> None:
        """Have these customers write, so that agents may answer them."""
        updates = [self.house.meta.text(phone, "Hello") for phone in phones]
        answer = self.house.deliver(self.house.meta.said(*updates))
        expect(answer.status_code == 200, f"the first words were answered {answer.status_code}")
        wamids = [update["id"] for update in updates]
        query = "SELECT count(*) FROM message WHERE wamid = ANY(%s)"
        eventually(
            lambda: self.house.ask(query, wamids)[0][0] == len(wamids), what="the first words", every_s=0.05
        )

    def stranger(self) -> str:
        """A customer of this row's own, whose window is open."""
        (phone,) = self.home.phones(1)
        self.open_windows([phone])
        return phone

    def ask(self, phone: str, **content: Any) -> str:
        """Ask for one message beside the load; returns its id. It must end as the row's ``ends`` have it."""
        number = next(self._numbers)
        body = {"to": phone, **(content or {"type": "text", "text": {"body": f"Probe {number}"}})}
        key = {"Idempotency-Key": uuid.uuid4().hex}

        def promised() -> str:
            # What is refused for now is asked again, as every good client does.
            answer = self.house.request("POST", "/messages/send", json=body, headers=key)
            expect(
                answer.status_code in (202, 503),
                f"a message was answered {answer.status_code}: {answer.text[:300]}",
            )
            return str(answer.json()["id"]) if answer.status_code == 202 else ""

        self.probes.append(
            Said(phone, number, eventually(promised, what="a message being taken", every_s=0.1))
        )
        return self.probes[-1].key

    def await_status(self, message_id: str, status: str, seconds: float = 15.0) -> dict[str, Any]:
        """Wait until the subscriber is told of this status, and return the message as REST shows it."""
        seconds *= self._patience
        reached = wait_until(lambda: self.subscriber.status_of(message_id) == status, seconds)
        seen = self.subscriber.status_of(message_id) or "nothing"
        shown = dict(self.house.request("GET", f"/messages/{message_id}").json())
        wanted = f"{message_id} was to be told as {status} in {seconds:g} s"
        expect(reached, f"{wanted}, and {seen} was told; it ended with {shown.get('error')}")
        return shown

    def await_strike(self) -> None:
        """Wait until every failure that was ordered of the sandbox has struck."""
        eventually(
            lambda: self.house.sandbox("GET", "faults") == {"faults": []}, what="the failure", every_s=0.05
        )

    def await_calls_ended(self) -> None:
        """Wait for a moment at which no call to Meta is under way, and none is about to be made."""
        query = "SELECT count(*) FROM message WHERE status = 'sending'"
        eventually(
            lambda: self.house.ask(query) == [(0,)], what="the end of the calls under way", every_s=0.02
        )

    def asked(self) -> list[Said]:
        """Every message of ours that was promised, the load's and the row's own."""
        return [*self.agents.ledger.read(), *self.probes]
