"""Failures ordered in advance: which request they strike, how often, and how."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any

from sandbox.ids import new_key

KINDS = (
    "graph_error",
    "http_500",
    "throttled",
    "hang",
    "slow",
    "drip",
    "reset",
    "cut",
    "not_json",
    "redirect",
    "gzip_bomb",
    "failed_status",
)
PLACES = ("messages", "media_upload", "media_info", "media_download", "templates", "numbers")
ALWAYS_ACCEPTS = ("failed_status", "slow")


class BadFault(ValueError):
    """The order for a fault makes no sense; the text says why."""


@dataclass(frozen=True)
class Fault:
    """One ordered failure.

    ``times`` is how often it still strikes (None: every time); ``to`` a phone number or BSUID it is
    limited to; ``accept`` whether the message is taken before the failure shows. ``seconds`` belongs to
    hang, slow and drip; ``retry_after`` to throttled (None: no such header).
    """

    kind: str
    id: str = ""
    on: str = "messages"
    to: str = ""
    times: int | None = 1
    accept: bool = False
    code: int = 131000
    subcode: int = 0
    status: int = 0
    details: str = ""
    seconds: float = 30.0
    retry_after: float | None = None
    location: str = "http://127.0.0.1:1/elsewhere"

    @classmethod
    def from_order(cls, order: Any) -> Fault:
        """A fault from its JSON; raises BadFault."""
        if not isinstance(order, dict):
            raise BadFault("A fault is a JSON object.")
        known = {field.name for field in fields(cls)} - {"id"}
        unknown = sorted(set(order) - known)
        if unknown:
            raise BadFault(f"Unknown keys {unknown}; known are {sorted(known)}.")
        if order.get("kind") not in KINDS:
            raise BadFault(f"kind must be one of {list(KINDS)}.")
        if order.get("on", "messages") not in PLACES:
            raise BadFault(f"on must be one of {list(PLACES)}.")
        fault = cls(**{**order, "to": str(order.get("to", "")).lstrip("+")})
        fault._check_numbers()
        return replace(fault, id=new_key("fault"), accept=fault.accept or fault.kind in ALWAYS_ACCEPTS)

    def _check_numbers(self) -> None:
        if self.times is not None and (not isinstance(self.times, int) or self.times < 1):
            raise BadFault("times must be a whole number from 1, or null for every time.")
        for name in ("code", "subcode", "status"):
            if not isinstance(getattr(self, name), int):
                raise BadFault(f"{name} must be a whole number.")
        for name in ("seconds", "retry_after"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, int | float):
                raise BadFault(f"{name} must be a number.")

    def as_json(self) -> dict[str, Any]:
        """The fault as the control API shows it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class FaultBook:
    """The faults on order, oldest first; thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def listing(self) -> list[dict[str, Any]]:
        """The faults still on order."""
        with self._lock:
            return [fault.as_json() for fault in self._faults]

    def cancel(self, fault_id: str = "") -> int:
        """Take back one fault, or all of them without an id; the number taken back."""
        with self._lock:
            kept = [fault for fault in self._faults if fault_id and fault.id != fault_id]
            gone = len(self._faults) - len(kept)
            self._faults = kept
            return gone

    def take(self, on: str, recipient: str = "") -> Fault | None:
        """The oldest fault that strikes here, counted down; None where nothing is on order."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.on == on and fault.to in ("", recipient):
                    self._count_down(index, fault)
                    return fault
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times == 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)
