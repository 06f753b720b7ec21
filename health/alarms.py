"""What somebody should look at now. An alarm takes no process out of service: webhooks are still taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple

from health.drain_holder import UNKNOWN, Words, words
from health.vitals import RedisVitals, Vitals
from models.drain_leases import Standing
from models.workload import Workload
from queues.burying import MOST
from settings import Settings

INBOX_AGE, INBOX_FULL, SWEEP, OUTBOX_AGE = "inbox_age", "inbox_full", "sweep", "outbox_age"
REFUSAL = "refusal"
UNREAD = "unread"
CODES = "codes"
BURYING = "burying"
OF_INBOX, OF_OUTBOX = frozenset({INBOX_AGE, INBOX_FULL, BURYING}), frozenset({OUTBOX_AGE})
SWEEP_S = 60.0
FULL = 0.8


class Alarm(NamedTuple):
    """Which one, what was found against which limit, and what to do about it."""

    name: str
    text: str
    mend: str

    @property
    def sentence(self) -> str:
        return f"{self.text}. {self.mend}"


def raised(settings: Settings, vitals: Vitals) -> list[Alarm]:
    """Every alarm these vitals raise; an engine that could not be asked raises none, it is told by itself. One that
    answers and takes no writes raises one."""
    return [
        *(Alarm(REFUSAL, trouble.text, trouble.mend) for trouble in vitals.troubles),
        *(in_redis(settings, vitals.redis_vitals, words(_drains(vitals))) if vitals.redis_vitals else ()),
        *(in_postgres(settings, vitals.workload) if vitals.workload else ()),
    ]


def _drains(vitals: Vitals) -> tuple[Standing, ...] | None:
    return vitals.workload.drains if vitals.workload else None


def in_redis(settings: Settings, redis_vitals: RedisVitals, drain: Words = UNKNOWN) -> Iterator[Alarm]:
    """``drain`` says who drains."""
    entries, oldest_s = redis_vitals.inbox
    if oldest_s > settings.inbox.alarm_s:
        yield Alarm(
            INBOX_AGE,
            f"The oldest webhook has waited {oldest_s:.0f} s to be persisted, more than the "
            f"{settings.inbox.alarm_s:g} s of INBOX_ALARM_S{'; ' * bool(drain.text)}{drain.text}",
            drain.mend,
        )
    if stop := redis_vitals.stopped:
        yield Alarm(
            BURYING,
            f"No webhook is stored since {stop.since.astimezone(UTC):%H:%M} UTC: {MOST} or more in a row could not be, "
            f"the last because of {stop.reason}; they wait in the inbox, {entries} by now",
            "This version, or the database, most likely cannot store any: the worker's log names the errors. One is "
            "tried every minute, and once it can be stored all are; what became a dead letter before is for "
            "parley dead-letters replay.",
        )
    most = settings.inbox.max_entries
    if entries > FULL * most:
        yield Alarm(
            INBOX_FULL,
            f"The inbox holds {entries} webhooks, {entries * 100 // most} % of the {most} of INBOX_MAX_ENTRIES",
            "Past that webhooks get 503, and Meta repeats them: see whether the worker and Postgres run.",
        )
    if redis_vitals.sweep_age_s > SWEEP_S:
        yield Alarm(
            SWEEP,
            f"No sweep ran for {redis_vitals.sweep_age_s:.0f} s, more than {SWEEP_S:g} s",
            "Lost wake-ups are not repaired and retries do not go out: see whether beat and the worker run.",
        )
    if redis_vitals.codes:
        listed = ", ".join(f"{code} ({count} times)" for code, count in redis_vitals.codes.items())
        yield Alarm(
            CODES,
            f"Meta's errors with codes that Parley does not know come often: {listed} since the hour before this one",
            "Look it up in Meta's list of WhatsApp error codes: the number may be to blame. It is worth an issue.",
        )


def in_postgres(settings: Settings, work: Workload) -> Iterator[Alarm]:
    if work.due_s > settings.sending.alarm_s:
        yield Alarm(
            OUTBOX_AGE,
            f"A message has been due for {work.due_s:.0f} s and is not sent, longer than the "
            f"{settings.sending.alarm_s:g} s of OUTBOX_ALARM_S ({work.queued} queued)",
            "See whether the sender runs and Meta answers: parley doctor tells.",
        )
    if work.unread:
        yield Alarm(
            UNREAD,
            f"{work.unread} update(s) of Meta's could not be read and may have been messages: they are in no inbox",
            "Look at them and note them: parley other-updates list --unread, or GET /api/v1/other-updates?unread=true.",
        )
