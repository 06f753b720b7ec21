"""Checks of the processes behind the web: worker, beat, gateways, and what waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cli.doctor.findings import Finding, fail, ok, warning
from cli.doctor.patient import Patient
from health import alarms, vitals
from health.alarms import Alarm
from health.drain_holder import words
from health.vitals import SWEPT_LIFE_S
from models import drain_leases, workload
from queues.app import INBOX, MEDIA, OUTBOUND, SWEEP_S, SWEEPS, app
from queues.inbox import Inbox
from realtime.presence import PresenceReader

WORKER, BEAT, GATEWAYS, DRAIN = "worker", "beat", "gateways", "drain"
QUEUES = {"worker": (INBOX, SWEEPS), "sender": (OUTBOUND, MEDIA)}
"""The Procfile's lines that take the queues."""
_START_WORKER = "Start the worker: the Procfile's line of that name."
_PING_S = 1.5
_SWEEP_LATE_S = 5 * SWEEP_S
_OLD_S = 10.0


def check_worker(patient: Patient) -> Iterator[Finding]:
    """A worker answers, and between them they take every queue."""
    workers: dict[str, list[dict[str, Any]]] = app.control.inspect(timeout=_PING_S).active_queues() or {}
    if not workers:
        yield fail(
            WORKER, f"none answers within {_PING_S:g} s: webhooks wait and nothing is sent", _START_WORKER
        )
        return
    taken = {queue["name"] for queues in workers.values() for queue in queues}
    needed = sorted({route["queue"] for route in app.conf.task_routes.values()})
    missing = [name for name in needed if name not in taken]
    if missing:
        yield fail(
            WORKER,
            f"nobody takes the queue {' and '.join(missing)}",
            f"Start the {' and the '.join(_lines(missing))}: the Procfile's line of that name.",
        )
    else:
        yield ok(WORKER, f"{len(workers)} alive, taking {', '.join(needed)}")


def _lines(queues: list[str]) -> list[str]:
    return [line for line, taken in QUEUES.items() if not set(taken).isdisjoint(queues)]


def check_beat(patient: Patient) -> Iterator[Finding]:
    """A sweep ran lately: beat calls for one every few seconds, and a worker runs it."""
    ends = time.monotonic() + SWEEP_S + 0.5  # one that was started this moment has not called yet
    while (age_s := vitals.sweep_age_s(patient.redis)) > _SWEEP_LATE_S and time.monotonic() < ends:
        time.sleep(0.1)
    if age_s <= _SWEEP_LATE_S:
        yield ok(BEAT, f"the last sweep ran {age_s:.0f} s ago")
        return
    waiting: int = patient.redis.llen(SWEEPS)
    if waiting:
        yield warning(BEAT, f"it calls, and {waiting} of its calls wait for a worker", _START_WORKER)
        return
    last = "no sweep ran in the last day"
    if age_s < SWEPT_LIFE_S:
        last = f"the last sweep ran {_duration(age_s)} ago"
    yield fail(
        BEAT,
        f"{last}: lost wake-ups are not repaired and retries do not go out",
        "Start beat, exactly one: the Procfile's line of that name.",
    )


def check_gateways(patient: Patient) -> Iterator[Finding]:
    """At least one socket gateway beats."""
    alive = PresenceReader(patient.redis).gateways()
    if alive:
        sockets = sum(gateway.connections for gateway in alive)
        yield ok(GATEWAYS, f"{len(alive)} alive, {sockets} socket(s) open")
    else:
        yield fail(GATEWAYS, "none is alive: agents see nothing live", "Start ws: the Procfile's line.")


def check_inbox(patient: Patient) -> Iterator[Finding]:
    """What waits to be persisted, what came last, and what was refused last."""
    inbox = Inbox(patient.redis, patient.settings.inbox.max_entries)
    redis_vitals = vitals.ask_redis(patient.redis, inbox)
    entries, oldest_s = redis_vitals.inbox
    drain = words(drain_leases.standings() if patient.migrated else None)
    raised = [
        alarm
        for alarm in alarms.in_redis(patient.settings, redis_vitals, drain)
        if alarm.name in alarms.OF_INBOX
    ]
    if raised:
        yield _raised("backlog", raised)
    elif oldest_s > _OLD_S:
        text = f"{entries} waiting, the oldest for {_duration(oldest_s)}"
        yield warning("backlog", "; ".join(filter(None, (text, drain.text))), drain.mend)
    else:
        yield ok("backlog", f"{entries} waiting" if entries else "nothing waits")
    strange = [
        alarm
        for alarm in alarms.in_redis(patient.settings, redis_vitals, drain)
        if alarm.name == alarms.CODES
    ]
    yield (
        _raised("error codes", strange) if strange else ok("error codes", "none that is unknown comes often")
    )
    yield from _history(patient, inbox)


def check_drain(patient: Patient) -> Iterator[Finding]:
    """Who drains. A holder that does not renew is replaced as soon as something waits, by whichever worker there is."""
    if not patient.migrated:
        return
    leases = drain_leases.standings()
    holder = words(leases)
    if not any(lease.late for lease in leases):
        yield ok(DRAIN, holder.text)
    elif Inbox(patient.redis, patient.settings.inbox.max_entries).backlog().entries:
        yield fail(DRAIN, holder.text, holder.mend)
    else:
        yield ok(DRAIN, f"nothing waits; {holder.text}: it ended without giving it up")


def check_outbox(patient: Patient) -> Iterator[Finding]:
    """What waits to be sent."""
    work = workload.measure()
    raised = [alarm for alarm in alarms.in_postgres(patient.settings, work) if alarm.name in alarms.OF_OUTBOX]
    if raised:
        yield _raised("outbox", raised)
    else:
        text = f"{work.queued} queued, {work.sending} being sent, {work.unconfirmed} unconfirmed"
        yield ok("outbox", text if any((work.queued, work.sending, work.unconfirmed)) else "nothing waits")
    unread = [alarm for alarm in alarms.in_postgres(patient.settings, work) if alarm.name == alarms.UNREAD]
    yield (
        _raised("unread updates", unread) if unread else ok("unread updates", "none: all that came was read")
    )


def _raised(check: str, raised: list[Alarm]) -> Finding:
    return fail(check, "; ".join(alarm.text for alarm in raised), raised[0].mend)


def _history(patient: Patient, inbox: Inbox) -> Iterator[Finding]:
    accepted, rejected = inbox.last_accepted(), inbox.last_rejected()
    ours = accepted is not None and patient.last_probe() == accepted
    if accepted is None:
        yield warning(
            "deliveries", "Meta has delivered nothing yet", "At Meta, subscribe the field messages."
        )
    elif ours:
        yield ok("deliveries", f"the last was doctor's own test at {_moment(accepted)}")
    else:
        yield ok("deliveries", f"the last was taken at {_moment(accepted)}")
    if (tested := inbox.last_tested()) is not None:
        text = f"Meta's Test button of the field {tested.field} was pressed last at {_moment(tested.at)}, and arrived"
        yield ok("meta's test", text)
    if rejected is None:
        yield ok("rejections", "none")
        return
    text = f"the last at {_moment(rejected.at)}: {rejected.text}"
    if accepted is not None and accepted > rejected.at and not ours:
        yield ok("rejections", f"{text}; deliveries were taken since")
    else:
        yield warning("rejections", text, rejected.mend)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
