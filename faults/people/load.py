"""People who write without pause and ask again until they are answered, as Meta and every good client do."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from engines.waiting import wait_until
from faults.expect import expect
from faults.house import House
from faults.ledger import Ledger, Said

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

# Between a refused request and its repetition; Meta's own pause is far longer.
_AGAIN_S = 0.05
_ANSWER_TIMEOUT_S = 15.0
# Caddy's where the web process is away, and the house's own.
_REFUSALS = frozenset({502, 503, 504})

Ask = Callable[[requests.Session], requests.Response]


class Load(ABC):
    """Threads that write, each to its own people in turn, the next once the one before is promised, so that
    each message's place in its conversation is known. ``trouble`` is what no client may be told: anything
    but a promise or a refusal that may be repeated."""

    def __init__(
        self, house: House, ledger: Path, phones: Sequence[str], threads: int, pause_s: float
    ) -> None:
        self._house = house
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self.phones = tuple(phones)
        self.ledger = Ledger(ledger)
        self.refused = 0
        self.latencies: list[float] = []
        self.trouble: list[str] = []
        self._threads = [
            threading.Thread(target=self._write, args=(self.phones[number::threads],), daemon=True)
            for number in range(threads)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.ledger.close()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish the request at hand; what is not promised by then is no promise."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    @property
    def count(self) -> int:
        """How many messages are promised."""
        return self.ledger.count

    def await_more(self, messages: int, seconds: float = 20.0) -> None:
        """Wait until so many more messages are promised."""
        goal = self.count + messages
        enough = wait_until(lambda: self.count >= goal, seconds)
        expect(enough, f"{goal - self.count} of {messages} promises of {self} did not come in {seconds:g} s")

    def await_refusal(self, seconds: float = 20.0, times: int = 1) -> None:
        """Wait until so many more requests are refused."""
        goal = self.refused + times
        refused = wait_until(lambda: self.refused >= goal, seconds)
        expect(
            refused, f"{goal - self.refused} of {times} requests of {self} were not refused in {seconds:g} s"
        )

    def median_s(self, first: int = 0) -> float:
        """How long a promise took, from the ``first`` on."""
        return statistics.median(self.latencies[first:])

    @abstractmethod
    def _request(self, phone: str, number: int) -> Ask:
        """A request that may be repeated, for the ``number``-th message to or from ``phone``."""

    @abstractmethod
    def _promised(self, phone: str, number: int, answer: requests.Response) -> Said | None:
        """What the answer promises; None where it is no promise."""

    def _write(self, phones: Sequence[str]) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for number in itertools.count(1):
                for phone in phones:
                    if self._stopping.wait(self._pause_s):
                        return
                    self._insist(session, phone, number)

    def _insist(self, session: requests.Session, phone: str, number: int) -> None:
        ask = self._request(phone, number)
        said = self._attempt(ask, session, phone, number)
        while said is None and not self._stopping.wait(_AGAIN_S):
            said = self._attempt(ask, session, phone, number)
        if said is not None:
            self.ledger.note(said)

    def _attempt(self, ask: Ask, session: requests.Session, phone: str, number: int) -> Said | None:
        began = time.monotonic()
        try:
            answer = ask(session)
        except requests.RequestException:
            self.refused += 1
            return None
        said = self._promised(phone, number, answer)
        if said is not None:
            self.latencies.append(time.monotonic() - began)
            return said
        self.refused += 1
        if answer.status_code not in _REFUSALS:
            self.trouble.append(f"{self} were answered {answer.status_code}: {answer.text[:300]}")
        return None


def post(session: requests.Session, url: str, body: bytes, headers: dict[str, str]) -> requests.Response:
    """One POST with the patience a load has."""
    return session.post(url, data=body, headers=headers, timeout=_ANSWER_TIMEOUT_S)
