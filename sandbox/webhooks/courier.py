"""The courier: posts signed webhooks, and tries again for as long as the process lives."""

from __future__ import annotations

import heapq
import itertools
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

import requests

from sandbox.ids import new_key
from sandbox.webhooks.deliveries import DELIVERED, Attempt, Delivery, explanation
from sandbox.webhooks.signing import HEADER, signature_of

WORKERS = 16
CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
KEPT_DELIVERIES, KEPT_BYTES = 5000, 256 * 1024 * 1024
logger = logging.getLogger(__name__)


class Courier:
    """A bounded pool of threads that bring deliveries to the webhook.

    ``on_change`` is called from those threads after each attempt. Meta promises no order, and neither
    does the pool. ``url``, ``app_secret`` and ``paused`` may be changed while it runs.
    """

    def __init__(self, url: str, app_secret: str, on_change: Callable[[Delivery], None]) -> None:
        self.url = url
        self.app_secret = app_secret
        self._paused = False
        self._on_change = on_change
        self._due: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._kept: OrderedDict[str, Delivery] = OrderedDict()
        self._kept_bytes = 0
        self._changed = Condition()
        self._closed = False

    @property
    def paused(self) -> bool:
        """Whether deliveries are held back."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def start(self) -> None:
        """Begin delivering."""
        for number in range(WORKERS):
            Thread(target=self._work, name=f"courier-{number}", daemon=True).start()

    def close(self) -> None:
        """Stop; deliveries not taken yet are dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def send(
        self, body: bytes, updates: list[dict[str, str]], *, signed: bool = True, signature: str | None = None
    ) -> Delivery:
        """Queue one webhook, signed unless a signature (or none) is asked for; returns at once."""
        if signature is None and signed:
            signature = signature_of(body, self.app_secret)
        delivery = Delivery(new_key("delivery"), body, updates, signature, self.url)
        with self._changed:
            self._keep(delivery)
        self._on_change(delivery)
        self._queue(delivery, 0.0)
        return delivery

    def replay(self, delivery: Delivery, times: int) -> list[Delivery]:
        """Queue the same bytes with the same signature again, ``times`` times."""
        return [
            self.send(delivery.body, delivery.updates, signed=False, signature=delivery.signature)
            for _ in range(times)
        ]

    def get(self, delivery_id: str) -> Delivery | None:
        """The delivery with this id, while it is remembered."""
        with self._changed:
            return self._kept.get(delivery_id)

    def listing(self, state: str = "", limit: int = 200, with_body: bool = False) -> list[dict[str, Any]]:
        """The newest deliveries first, all or those in one state."""
        with self._changed:
            newest = list(reversed(self._kept.values()))
        chosen = [delivery for delivery in newest if state in ("", delivery.state)]
        return [delivery.as_json(with_body) for delivery in chosen[:limit]]

    def counts(self) -> dict[str, int]:
        """How many remembered deliveries are in each state."""
        with self._changed:
            counts = {"waiting": 0, "delivered": 0, "retrying": 0}
            for delivery in self._kept.values():
                counts[delivery.state] += 1
            return counts

    def retry_now(self) -> int:
        """Try everything that waits at once, without sitting out its backoff; how many."""
        with self._changed:
            now = time.monotonic()
            self._due = [(now, order, delivery) for _, order, delivery in self._due]
            self._changed.notify_all()
            return len(self._due)

    def reset(self) -> None:
        """Forget every delivery, taken or not."""
        with self._changed:
            self._due.clear()
            self._kept.clear()
            self._kept_bytes = 0

    def _keep(self, delivery: Delivery) -> None:
        """Remember a delivery; where that grows too much, forget the oldest ones that were taken."""
        self._kept[delivery.id] = delivery
        self._kept_bytes += len(delivery.body)
        while len(self._kept) > KEPT_DELIVERIES or self._kept_bytes > KEPT_BYTES:
            done = next((key for key, kept in self._kept.items() if kept.state == DELIVERED), None)
            if done is None:
                return
            self._kept_bytes -= len(self._kept.pop(done).body)

    def _queue(self, delivery: Delivery, wait: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), delivery))
            self._changed.notify()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (delivery := self._next()) is not None:
                try:
                    self._try(session, delivery)
                except Exception:
                    logger.exception("a delivery attempt failed in the sandbox itself")
                    self._queue(delivery, 1.0)

    def _next(self) -> Delivery | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due and not self._paused else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None

    def _try(self, session: requests.Session, delivery: Delivery) -> None:
        delivery.url = self.url
        started, status = time.time(), None
        try:
            status, said = self._post(session, delivery)
        except requests.RequestException as error:
            said = f"No answer from {self.url}: {_plain(error)}"
        wait = delivery.record(Attempt(started, status, said, round(time.time() - started, 4)))
        if wait is not None and self.get(delivery.id) is delivery:
            self._queue(delivery, wait)
        self._on_change(delivery)

    @staticmethod
    def _post(session: requests.Session, delivery: Delivery) -> tuple[int, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if delivery.signature is not None:
            headers[HEADER] = delivery.signature
        with session.post(
            delivery.url,
            data=delivery.body,
            headers=headers,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as answer:
            start = answer.raw.read(4096, decode_content=True) or b""
            return answer.status_code, explanation(answer.status_code, start)


def _plain(error: requests.RequestException) -> str:
    """What went wrong with a connection, in a few words."""
    if isinstance(error, requests.Timeout):
        return "it took too long. Retrying."
    text = str(error)
    if "refused" in text:
        return "connection refused. Is Parley running? Retrying."
    return (
        "the connection broke. Retrying."
        if "reset" in text or "aborted" in text
        else "not reachable. Retrying."
    )
