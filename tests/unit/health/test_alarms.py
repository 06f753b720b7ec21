"""What raises an alarm, at which limit, and what it says."""

from __future__ import annotations

import pytest

from health import alarms
from health.vitals import OK, RedisVitals, Vitals
from models.workload import Workload
from queues.inbox import Backlog
from settings import Settings

SETTINGS = Settings.from_env(
    {"APP_ENV": "development", "INBOX_ALARM_S": "60", "OUTBOX_ALARM_S": "300", "INBOX_MAX_ENTRIES": "1000"}
)
QUIET = Workload()


def raised(
    entries: int = 0,
    oldest_s: float = 0.0,
    sweep_s: float = 1.0,
    work: Workload = QUIET,
    codes: dict[int, int] | None = None,
) -> list[alarms.Alarm]:
    redis_vitals = RedisVitals(Backlog(entries, oldest_s), sweep_s, {}, codes or {})
    return alarms.raised(SETTINGS, Vitals(OK, OK, redis_vitals, work))


def test_a_quiet_house_raises_none() -> None:
    assert raised() == []


def test_codes_that_nobody_knows_are_named_with_how_often_they_came() -> None:
    (alarm,) = raised(codes={139999: 7})
    assert alarm.name == alarms.CODES
    assert "139999 (7 times)" in alarm.sentence


def test_what_is_just_within_its_limit_raises_none() -> None:
    assert raised(800, 60.0, 60.0, QUIET._replace(due_s=300.0, unsent_s=9e9, queued=5000)) == []


def test_a_webhook_that_waits_too_long_is_told_with_its_age_and_the_limit() -> None:
    (alarm,) = raised(3, 61.0)
    assert alarm.name == alarms.INBOX_AGE
    assert "61 s" in alarm.sentence
    assert "60 s of INBOX_ALARM_S" in alarm.sentence
    assert "worker" in alarm.mend


def test_an_inbox_that_fills_up_is_told_with_its_share() -> None:
    (alarm,) = raised(801, 5.0)
    assert alarm.name == alarms.INBOX_FULL
    assert "801 webhooks, 80 % of the 1000 of INBOX_MAX_ENTRIES" in alarm.text


def test_a_minute_without_a_sweep_is_told() -> None:
    (alarm,) = raised(sweep_s=61.0)
    assert alarm.name == alarms.SWEEP
    assert "beat" in alarm.mend


def test_a_message_that_is_due_too_long_is_told() -> None:
    (alarm,) = raised(work=QUIET._replace(due_s=301.0, queued=7))
    assert alarm.name == alarms.OUTBOX_AGE
    assert "301 s" in alarm.text
    assert "300 s of OUTBOX_ALARM_S" in alarm.text
    assert "sender" in alarm.mend


def test_an_update_nobody_could_read_is_told_until_it_is_noted() -> None:
    (alarm,) = raised(work=QUIET._replace(unread=2))
    assert alarm.name == alarms.UNREAD
    assert "2 update(s)" in alarm.text
    assert "parley other-updates list --unread" in alarm.mend


def test_several_things_wrong_are_all_told() -> None:
    names = [alarm.name for alarm in raised(900, 100.0, 100.0, QUIET._replace(due_s=301.0))]
    assert names == [alarms.INBOX_AGE, alarms.INBOX_FULL, alarms.SWEEP, alarms.OUTBOX_AGE]


@pytest.mark.parametrize(
    "vitals", [Vitals("cannot be used", OK, None, QUIET), Vitals(OK, "gone", None, None)]
)
def test_an_engine_that_could_not_be_asked_raises_none_of_its_own(vitals: Vitals) -> None:
    assert alarms.raised(SETTINGS, vitals) == []
