"""GET /metrics: the whole house for Prometheus, from whichever web process is asked.

All values are of the house, not of the process: scrape one of several web processes.
"""

from __future__ import annotations

from collections.abc import Iterator

import falcon
import redis
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from api.errors import ApiError
from api.operations import operation
from api.resource import Resource
from ground import exposition
from ground.exposition import Family
from health import alarms
from health.monitor import Monitor
from health.tally import REQUESTS, WEBHOOKS, Tally
from health.vitals import OK, RedisVitals, Vitals, events_pending
from models.drain_leases import Standing
from models.workload import Workload
from settings import Settings

PREFIX = "parley"


class MetricsResource(Resource):
    """Not for the public: a request that a front door passed on is answered as if this did not exist."""

    public = True
    needs_database = False

    def __init__(self, settings: Settings, monitor: Monitor, tally: Tally) -> None:
        self._registry = exposition.registry(HouseCollector(settings, monitor, tally))

    @operation("get_metrics", errors=("not_found",), gives={"text/plain": {"schema": {"type": "string"}}})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Figures of the house for Prometheus; a 404 through a front door."""
        if req.get_header("X-Forwarded-For") is not None:
            raise ApiError("not_found", "Metrics are not public: ask the web process itself.")
        resp.content_type = exposition.CONTENT_TYPE
        resp.set_header("Cache-Control", "no-store")
        resp.data = exposition.text(self._registry)


class HouseCollector(Collector):
    """Asks at each scrape. What an engine that is away would have told is left out, never told as 0."""

    def __init__(self, settings: Settings, monitor: Monitor, tally: Tally) -> None:
        self._settings = settings
        self._monitor = monitor
        self._tally = tally

    def collect(self) -> Iterator[Family]:
        vitals = self._monitor.look()
        yield from families(vitals, len(alarms.raised(self._settings, vitals)))
        try:
            requests, webhooks = self._tally.totals(REQUESTS), self._tally.totals(WEBHOOKS)
        except redis.RedisError:
            return
        yield from counts(requests, webhooks)


def families(vitals: Vitals, raised: int) -> Iterator[Family]:
    """The gauges these vitals make."""
    up = {"redis": float(vitals.redis == OK), "postgres": float(vitals.postgres == OK)}
    yield _labelled("engine_up", "Whether the engine could be used.", "engine", up)
    yield from exposition.gauges(PREFIX, [("alarms", "Alarms raised; /readyz words them.", raised)])
    if vitals.redis_vitals is not None:
        yield from _of_redis(vitals.redis_vitals)
    if vitals.workload is not None:
        yield from _of_postgres(vitals.workload, events_pending(vitals.redis_vitals, vitals.workload))
        yield from _of_drains(vitals.workload.drains)


def counts(requests: dict[str, int], webhooks: dict[str, int]) -> Iterator[Family]:
    """The counters of all web processes together, since this Redis began."""
    answered = CounterMetricFamily(f"{PREFIX}_requests", "HTTP requests answered.", labels=["status"])
    yield exposition.by_label(answered, requests)
    delivered = CounterMetricFamily(
        f"{PREFIX}_webhooks", "Deliveries: accepted, or the code of the error they got.", labels=["outcome"]
    )
    yield exposition.by_label(delivered, webhooks)


def _of_redis(vitals: RedisVitals) -> Iterator[Family]:
    rows = [
        ("inbox_entries", "Webhooks that are stored and not persisted yet.", vitals.inbox.entries),
        ("inbox_oldest_seconds", "Age of the oldest of them.", vitals.inbox.oldest_s),
        ("sweep_age_seconds", "Since the last sweep began.", vitals.sweep_age_s),
    ]
    yield from exposition.gauges(PREFIX, rows)
    yield _labelled("queue_calls", "Celery calls that nobody has taken.", "queue", vitals.calls)


def _of_postgres(work: Workload, untold: int) -> Iterator[Family]:
    states = {"queued": work.queued, "sending": work.sending, "unconfirmed": work.unconfirmed}
    yield _labelled("outbox_messages", "Messages on their way out, by state.", "state", states)
    rows = [
        ("outbox_oldest_seconds", "Age of the oldest message that is queued or being sent.", work.unsent_s),
        ("outbox_due_seconds", "How long the longest due message waits.", work.due_s),
        ("parked_updates", "Statuses and the like whose message is not known yet.", work.parked),
        ("media_pending", "Received files that are not fetched yet.", work.files),
        (
            "updates_unread",
            "Updates that may have been messages, could not be read and are not noted.",
            work.unread,
        ),
        ("numbers_held", "Numbers Meta lets send nothing for now.", work.held_numbers),
        ("events_pending", "Events committed and not published.", untold),
    ]
    yield from exposition.gauges(PREFIX, rows)
    dead = {"inbound": work.dead_inbound, "outbound": work.dead_outbound}
    yield _labelled("dead_letters", "Dead letters nobody has replayed.", "journey", dead)


def _of_drains(drains: tuple[Standing, ...]) -> Iterator[Family]:
    holders = GaugeMetricFamily(
        f"{PREFIX}_drain_held",
        "1 while this process drains the shard; 0, without its name, while nobody does.",
        labels=["shard", "host", "pid"],
    )
    age = GaugeMetricFamily(
        f"{PREFIX}_drain_beat_age_seconds",
        "Since the holder of the drain last renewed it, which it does every 2 s; 0 while nobody holds it.",
        labels=["shard"],
    )
    for drain in drains:
        name = [drain.host, str(drain.pid)] if drain.is_held else ["", ""]
        holders.add_metric([str(drain.shard), *name], float(drain.is_held))
        age.add_metric([str(drain.shard)], drain.beat_s if drain.is_held else 0.0)
    yield from (holders, age)


def _labelled(name: str, text: str, label: str, values: dict[str, float] | dict[str, int]) -> Family:
    return exposition.by_label(GaugeMetricFamily(f"{PREFIX}_{name}", text, labels=[label]), values)
