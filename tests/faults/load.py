"""Customers who write without pause, and Meta, which repeats each delivery until it is acknowledged."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import requests

from engines.waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from tests.conftest import House

# Between a refused delivery and its repetition; Meta's own pause is far longer.
_AGAIN_S = 0.05
_GIVE_UP_S = 30.0


class Acked(NamedTuple):
    """A message whose delivery got a 200: who wrote it, their how-manieth, and its wamid."""

    phone: str
    number: int
    wamid: str


class Load:
    """Each customer writes their next message once the one before is acknowledged, so that its place in
    the conversation is known. What got a 200 is in ``ledger``, on disk, before anything else is sent."""

    def __init__(self, house: House, ledger: Path, phones: Sequence[str]) -> None:
        self._house = house
        self._url = f"{house.site}/api/v1/whatsapp/webhook"
        self._ledger = ledger.open("a")
        self._path = ledger
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self.phones = tuple(phones)
        self.refused = 0
        self.count = 0
        self.posted: dict[str, Acked] = {}
        self.latencies: list[float] = []
        self._threads = [threading.Thread(target=self._write, args=(phone,)) for phone in self.phones]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._ledger.close()

    def stop(self) -> None:
        """Let everybody finish the message at hand."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def await_more(self, messages: int, seconds: float = 20.0) -> None:
        """Wait until so many more messages are acknowledged."""
        goal = self.count + messages
        assert wait_until(lambda: self.count >= goal, seconds), f"{goal - self.count} acks are missing"

    def await_refusal(self, seconds: float = 20.0) -> None:
        """Wait until a delivery is not acknowledged."""
        before = self.refused
        assert wait_until(lambda: self.refused > before, seconds), "every delivery was acknowledged"

    def median_s(self, first: int = 0) -> float:
        """How long an acknowledgement took, from the ``first`` on."""
        return statistics.median(self.latencies[first:])

    def acked(self) -> list[Acked]:
        """What the ledger on disk says."""
        lines = (line.split() for line in self._path.read_text().splitlines())
        return [Acked(phone, int(number), wamid) for phone, number, wamid in lines]

    def _write(self, phone: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            number = 0
            while not self._stopping.is_set():
                number += 1
                self._deliver(session, phone, number)

    def _deliver(self, session: requests.Session, phone: str, number: int) -> None:
        update = self._house.meta.text(phone, f"Number {number}")
        message = self.posted[update["id"]] = Acked(phone, number, update["id"])
        body = self._house.meta.said(update)
        signature = {"X-Hub-Signature-256": self._house.meta.signature(body)}
        ends = time.monotonic() + _GIVE_UP_S
        while not self._attempt(session, body, signature):
            self.refused += 1
            assert time.monotonic() < ends, f"{message} was refused for {_GIVE_UP_S} s"
            # Meta waits for no condition of ours either.
            time.sleep(_AGAIN_S)
        self._note(message)

    def _attempt(self, session: requests.Session, body: bytes, headers: dict[str, str]) -> bool:
        began = time.monotonic()
        try:
            status = session.post(self._url, data=body, headers=headers, timeout=10).status_code
        except requests.RequestException:
            return False
        self.latencies.append(time.monotonic() - began)
        return status == requests.codes.ok

    def _note(self, message: Acked) -> None:
        with self._lock:
            self._ledger.write(f"{message.phone} {message.number} {message.wamid}\n")
            self._ledger.flush()
            os.fsync(self._ledger.fileno())
            self.count += 1
