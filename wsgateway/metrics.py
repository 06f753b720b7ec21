"""What the gateway counts, as Prometheus text. Counters are plain integers, read only when asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sized
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from ground import exposition
from ground.exposition import Family, Row
from wsgateway.hub import Hub

_PREFIX = "parley_ws"
_AT = re.compile(rb'"at":"([^"]+)"')
_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)

_RECOVERY_BUCKETS = (0, 1, 10, 100, 1000, 10_000, 100_000)


class Counters:
    """Counts since the start that belong to no other object."""

    def __init__(self) -> None:
        self.accepted = 0
        self.relayed = 0
        self.frames_received = 0
        self.faults = 0
        self.recoveries = 0
        self.recoveries_refused = 0
        self.replayed = 0
        self.resyncs = 0
        self.reconnects = 0
        self.closed: Counter[str] = Counter()
        self.recovery_events = Histogram(
            f"{_PREFIX}_recovery_events",
            "Events that one subscription with since was sent of what it had missed.",
            buckets=_RECOVERY_BUCKETS,
            registry=None,
        )

    @property
    def dropped_slow(self) -> int:
        return self.closed["slow_consumer"]

    def recovered(self, unbroken: bool) -> None:
        self.recoveries += 1
        self.recoveries_refused += not unbroken


class Metrics(Collector):
    """The registry behind /metrics."""

    def __init__(self, sessions: Sized, hub: Hub[Any], counters: Counters) -> None:
        self._sessions = sessions
        self._hub = hub
        self._counters = counters
        self._registry = exposition.registry(self)
        self._registry.register(counters.recovery_events)
        self.latency = Histogram(
            "parley_ws_relay_latency_seconds",
            "From the making of an event to its delivery to the sockets here.",
            buckets=_LATENCY_BUCKETS,
            registry=self._registry,
        )

    def note_age(self, frame: bytes) -> None:
        """An event, in its frame, is delivered now."""
        if made_at := _AT.search(frame):
            age = datetime.now(UTC) - datetime.fromisoformat(made_at[1].decode())
            self.latency.observe(max(0.0, age.total_seconds()))

    def text(self) -> bytes:
        return exposition.text(self._registry)

    def collect(self) -> Iterator[Family]:
        yield from exposition.gauges(_PREFIX, self._gauges())
        yield from exposition.counters(_PREFIX, self._counts())
        closed = CounterMetricFamily(f"{_PREFIX}_closed", "Sockets closed by the gateway.", labels=["reason"])
        yield exposition.by_label(closed, self._counters.closed)

    def _gauges(self) -> list[Row]:
        return [
            ("connections", "Open connections.", len(self._sessions)),
            ("users", "Users with an open socket.", len(self._hub.users)),
            ("subscriptions", "Live subscriptions.", self._hub.subscriptions),
        ]

    def _counts(self) -> list[Row]:
        hub, counters = self._hub, self._counters
        return [
            ("accepted", "Connections accepted.", counters.accepted),
            ("events_relayed", "Events of the history handed on.", counters.relayed),
            ("frames_delivered", "Event frames handed to sockets.", hub.frames_delivered),
            ("bytes_delivered", "Bytes of event frames handed to sockets.", hub.bytes_delivered),
            ("frames_received", "Text frames clients sent.", counters.frames_received),
            ("faults", "Client frames answered with an error.", counters.faults),
            ("recoveries", "Subscriptions with since.", counters.recoveries),
            ("recoveries_refused", "Those the history did not reach.", counters.recoveries_refused),
            ("events_replayed", "Event frames sent to recover what was missed.", counters.replayed),
            ("resyncs", "Times the gateway itself lost events.", counters.resyncs),
            ("bus_reconnects", "Times the connection to Redis was made anew.", counters.reconnects),
        ]
