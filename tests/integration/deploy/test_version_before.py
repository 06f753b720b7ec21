"""While a new version is rolled out, the one before runs on the schema of now: models/migrations/VERSION_BEFORE.

Real processes of both, on one database and one Redis. Each test goes on from where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engines.formation import PROCESSES
from faults.house import PRODUCTION, environment, running
from realtime.bus import HISTORY
from tests.integration.deploy import version_before
from tests.integration.deploy.rollout import Rollout
from tests.integration.deploy.version_before import BEFORE

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    # A clone that is shallow, and cannot reach where it came from, has no version before.
    pytest.mark.where_possible,
    pytest.mark.timeout(300),
]

BACKGROUND = ("worker", "sender", "beat")
BACKGROUND_BEFORE = tuple(f"before-{name}" for name in BACKGROUND)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the version before."""
    try:
        return version_before.take_out(version_before.commit(), tmp_path_factory.mktemp("code"))
    except version_before.NotThere as why:
        pytest.skip(f"THE VERSION BEFORE IS NOT TESTED ON THE SCHEMA OF NOW: {why}")


@pytest.fixture(scope="module")
def migrated(
    before: Path, tmp_path_factory: pytest.TempPathFactory, phones: Iterator[str]
) -> Iterator[Rollout]:
    """The database as our migrations leave it, and none but processes of the version before."""
    procfile = version_before.lines_of_both(before, tmp_path_factory.mktemp("lines"))
    given = environment(**PRODUCTION)
    directory = tmp_path_factory.mktemp("rollout")
    with running(directory, "production", given, procfile=procfile, processes=BEFORE) as house:
        yield Rollout(house, before, next(phones))


@pytest.fixture(scope="module")
def spoken(migrated: Rollout) -> Rollout:
    """The version before has done its job."""
    for _ in range(2):
        migrated.talk([migrated.house], [migrated.house])
    return migrated


@pytest.fixture(scope="module")
def mixed(spoken: Rollout) -> Rollout:
    """One after the other, processes of this version came in, and those before in the background went."""
    web, gateway = spoken.beside("web-beside", "ws-beside")
    webs, gateways = [spoken.house, web], [spoken.house, gateway]
    spoken.talk(webs, gateways)
    spoken.start(*BACKGROUND)
    for _ in range(2):
        spoken.talk(webs, gateways)
    spoken.stop(*BACKGROUND_BEFORE)
    spoken.talk(webs, gateways)
    spoken.stop("web-beside", "ws-beside")
    return spoken


@pytest.fixture(scope="module")
def taken_over(mixed: Rollout) -> Rollout:
    """All processes are of this version; what the one before was told last, none of its own has worked on."""
    mixed.stop(*BACKGROUND)
    mixed.agent_answers(mixed.house)
    mixed.customer_writes(mixed.house)
    mixed.stop("before-web", "before-ws")
    mixed.start(*PROCESSES)
    mixed.catch_up()
    mixed.talk([mixed.house], [mixed.house])
    return mixed


@pytest.fixture(scope="module")
def gone_back(taken_over: Rollout) -> Rollout:
    """This version is not wanted after all: the one before is deployed again, and leaves the schema as it is."""
    taken_over.stop(*PROCESSES)
    formation = taken_over.house.formation
    release = formation.add("before-release")
    assert release.wait(60) == 0, release.log_tail()
    assert "up to date" in release.log_tail()
    release.stop()
    taken_over.start(*BEFORE)
    taken_over.talk([taken_over.house], [taken_over.house])
    return taken_over


def test_the_version_before_does_its_job_on_the_schema_of_now(spoken: Rollout, before: Path) -> None:
    spoken.check()
    formation = spoken.house.formation
    assert {psutil.Process(formation.process(name).pid).cwd() for name in BEFORE} == {str(before)}


def test_processes_of_both_versions_work_side_by_side(mixed: Rollout) -> None:
    mixed.check()


def test_this_version_goes_on_where_the_one_before_was_stopped(taken_over: Rollout) -> None:
    taken_over.check()


def test_who_goes_back_to_the_version_before_needs_no_older_schema(gone_back: Rollout) -> None:
    gone_back.check()


def test_what_is_deleted_while_the_version_before_works_is_gone_from_the_event_log_too(
    gone_back: Rollout,
) -> None:
    house = gone_back.house
    logged = "SELECT count(*) FROM event WHERE body LIKE %s"
    # The last one but one came while this version worked, which wrote it into the log.
    wamid = list(gone_back.questions)[-2]
    words = f'%"{gone_back.questions[wamid]}"%'
    assert house.ask(logged, words) != [(0,)]
    gone_back.customer_deletes(wamid)
    deleted = "SELECT 1 FROM message WHERE wamid = %s AND deleted_at IS NOT NULL"
    house.eventually(lambda: house.ask(deleted, wamid), what="the deletion")
    assert house.ask(logged, words) == [(0,)]
    house.eventually(
        lambda: words.strip("%") not in str(house.redis.xrange(HISTORY)), what="the history without the words"
    )
