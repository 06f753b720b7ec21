"""Who drains, in words that lead to the right remedy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from health.drain_holder import Words, words
from models.drain_leases import Standing

SINCE = datetime(2026, 11, 29, 20, 15, tzinfo=UTC)
WORKING = Standing(0, 7, True, "m1", 12, SINCE, 1.2, False, False)


@pytest.mark.parametrize("leases", [(), (WORKING._replace(is_held=False),)], ids=["never", "given up"])
def test_where_nobody_holds_it_a_worker_is_to_be_started(leases: tuple[Standing, ...]) -> None:
    said = words(leases)
    assert said.text == "nobody holds the drain"
    assert said.mend.startswith("Start a worker")


def test_a_holder_that_renews_is_named_with_its_time() -> None:
    said = words((WORKING,))
    assert said.text == "the drain is held by process 12 on m1 since 20:15:00 UTC, renewed 1 s ago"
    assert "log" in said.mend


def test_one_that_does_not_renew_is_named_with_its_silence_and_is_not_called_working() -> None:
    said = words((WORKING, WORKING._replace(shard=1, host="m2", pid=9, beat_s=187.4, lapsed=True)))
    assert said.text == "the drain is held by process 9 on m2, which has not renewed it for 187 s"
    assert "another worker" in said.mend.replace("any other worker", "another worker")


def test_where_postgres_could_not_be_asked_nothing_is_claimed() -> None:
    said: Words = words(None)
    assert said.text == ""
    assert "Postgres" in said.mend
