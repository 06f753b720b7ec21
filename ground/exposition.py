"""What processes tell Prometheus, from plain rows: its text format is prometheus-client's work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Family = GaugeMetricFamily | CounterMetricFamily
Row = tuple[str, str, float]
"""Name, help, value."""


def gauges(prefix: str, rows: Iterable[Row]) -> Iterator[Family]:
    """Values that go up and down."""
    for name, text, value in rows:
        yield GaugeMetricFamily(f"{prefix}_{name}", text, value)


def counters(prefix: str, rows: Iterable[Row]) -> Iterator[Family]:
    """Values that only grow. ``_total`` is put behind their names."""
    for name, text, value in rows:
        yield CounterMetricFamily(f"{prefix}_{name}", text, value)


def by_label(family: Family, values: Mapping[str, float]) -> Family:
    """A family with one label, and its value for each value of the label."""
    for label, value in values.items():
        family.add_metric([label], value)
    return family


def registry(collector: Collector) -> CollectorRegistry:
    """What Prometheus is told: this collector's families, asked for at each scrape."""
    made = CollectorRegistry()
    made.register(collector)
    return made


def text(collectors: CollectorRegistry) -> bytes:
    """All of it as the body of an answer."""
    return generate_latest(collectors)
