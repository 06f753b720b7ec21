"""When which status of an accepted message is sent."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.schedule import Schedule
from sandbox.webhooks.updates import StatusTarget, status_update

KNOWN = ("sent", "delivered", "read", "played", "failed", "deleted")


@dataclass(frozen=True)
class StatusPlan:
    """What follows an accepted message.

    ``order`` lists statuses as they go out (twice where listed twice); ``delays`` are the seconds before
    each, counted from the one before, the last one standing for all that follow; ``copies`` sends each so
    many times; ``shuffled`` draws another order for every message; ``muted`` sends none.
    """

    order: tuple[str, ...] = ("sent", "delivered", "read")
    delays: tuple[float, ...] = (0.3, 0.8, 2.0)
    copies: int = 1
    shuffled: bool = False
    muted: bool = False

    def changed(self, wish: dict[str, Any]) -> StatusPlan:
        """A plan with some parts replaced from JSON; raises ValueError."""
        order = tuple(wish.get("order", self.order))
        delays = tuple(float(delay) for delay in wish.get("delays", self.delays))
        copies = int(wish.get("copies", self.copies))
        if not set(order) <= set(KNOWN):
            raise ValueError(f"order may hold {list(KNOWN)}.")
        if any(not 0 <= delay <= 86400 for delay in delays) or not delays:
            raise ValueError("delays must be one or more numbers of seconds.")
        if not 1 <= copies <= 100:
            raise ValueError("copies must lie between 1 and 100.")
        shuffled = bool(wish.get("shuffled", self.shuffled))
        return StatusPlan(order, delays, copies, shuffled, bool(wish.get("muted", self.muted)))

    def steps(self) -> list[tuple[float, str]]:
        """``(seconds from acceptance, status)`` in the order they go out."""
        if self.muted:
            return []
        order = random.sample(self.order, len(self.order)) if self.shuffled else list(self.order)
        steps, at = [], 0.0
        for index, status in enumerate(order):
            at += self.delays[min(index, len(self.delays) - 1)]
            steps += [(at, status)] * self.copies
        return steps


class StatusSender:
    """Sends the statuses of accepted messages when they are due.

    ``deliver`` gets each ``statuses[]`` entry; ``shown`` gets wamid, status and error text for the phone.
    """

    def __init__(
        self,
        schedule: Schedule,
        plan: StatusPlan,
        deliver: Callable[[dict[str, Any]], object],
        shown: Callable[[str, str, str], None],
    ) -> None:
        self.plan = plan
        self._schedule = schedule
        self._deliver = deliver
        self._shown = shown

    def follow(self, target: StatusTarget) -> None:
        """Plan the statuses of a message that was just accepted."""
        for seconds, status in self.plan.steps():
            self._later(seconds, target, status)

    def fail(self, target: StatusTarget, code: int, details: str = "") -> None:
        """Plan a single failed status instead, after the first delay of the plan."""
        if not self.plan.muted:
            self._later(self.plan.delays[0], target, "failed", code, details)

    def send(self, target: StatusTarget, status: str, code: int = 0, details: str = "", **about: Any) -> None:
        """Send one status now; ``about`` names one participant of a group, or a payment."""
        update = status_update(target, status, code, details, **about)
        error = update["errors"][0]["title"] if "errors" in update else ""
        if not about:
            self._shown(target.wamid, status, f"{error} ({code or 131000})" if error else "")
        self._deliver(update)

    def _later(
        self, seconds: float, target: StatusTarget, status: str, code: int = 0, details: str = ""
    ) -> None:
        self._schedule.after(seconds, lambda: self.send(target, status, code, details))
