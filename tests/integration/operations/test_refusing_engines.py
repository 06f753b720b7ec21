"""Engines that answer every question and do not do what they are there for: told by readiness, alarms and doctor."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis

from cli.doctor.findings import Result
from cli.doctor.media import check_media
from cli.doctor.patient import Patient
from cli.doctor.redis_server import check_redis
from engines.ports import LOOPBACK, free_port
from engines.valkey import Valkey
from faults.expect import eventually
from faults.strikes.disks import cannot_mount
from health import alarms
from health.monitor import Monitor
from health.vitals import OK
from queues.inbox import Inbox
from realtime.connection import connect
from settings import Settings

if TYPE_CHECKING:
    from faults.house import House

pytestmark = pytest.mark.integration


def settings_of(**given: str) -> Settings:
    return Settings.from_env({"APP_ENV": "development"} | given)


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("refusing")) as engine:
        yield engine


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    # Its bus would be 10,000 above its port, wherever that is, and somebody's already.
    options = {"cluster-enabled": "yes", "cluster-port": str(free_port())}
    with Valkey(tmp_path_factory.mktemp("cluster"), options=options) as engine:
        with redis.Redis.from_url(engine.url) as client:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            eventually(
                lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO", NEVER_DECODE=[])
            )
        yield engine


@contextlib.contextmanager
def configured(client: redis.Redis, name: str, value: str) -> Iterator[None]:
    before = client.config_get(name)[name]
    client.config_set(name, value)
    try:
        yield
    finally:
        client.config_set(name, before)


@contextlib.contextmanager
def read_only(client: redis.Redis, engine: Valkey) -> Iterator[None]:
    client.replicaof(LOOPBACK, free_port())
    try:
        yield
    finally:
        client.replicaof("NO", "ONE")


def out_of_memory(client: redis.Redis, engine: Valkey) -> contextlib.AbstractContextManager[None]:
    return configured(client, "maxmemory", "1")


def without_replicas(client: redis.Redis, engine: Valkey) -> contextlib.AbstractContextManager[None]:
    return configured(client, "min-replicas-to-write", "1")


@contextlib.contextmanager
def unable_to_save(client: redis.Redis, engine: Valkey) -> Iterator[None]:
    """What it writes cannot take its name, because a directory has it."""
    taken = engine.directory / "dump.rdb"
    taken.mkdir()
    with configured(client, "save", "3600 1000000"):
        client.bgsave()
        eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err")
        try:
            yield
        finally:
            taken.rmdir()
            client.bgsave()
            eventually(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok")


def look(url: str, directory: Path) -> tuple[str, list[str]]:
    """What readiness says of Redis, and the alarms raised."""
    settings = settings_of(REDIS_URL=url)
    client = connect(url, 1.0)
    seen = Monitor(client, Inbox(client, 1000), directory).look()
    return seen.redis, [alarm.sentence for alarm in alarms.raised(settings, seen)]


def doctor_says(url: str) -> tuple[Result, str, str]:
    finding = next(iter(check_redis(Patient(settings_of(REDIS_URL=url)))))
    return finding.result, finding.text, finding.mend


@pytest.mark.parametrize(
    ("strike", "says", "mend"),
    [
        (read_only, "is a read-only replica and takes no writes", "REDIS_URL at the primary"),
        (out_of_memory, "is out of memory and takes no writes", "Raise its maxmemory"),
        (without_replicas, "has too few replicas and takes no writes (NOREPLICAS)", "min-replicas-to-write"),
        (unable_to_save, "cannot save to its disk and takes no writes (MISCONF)", "Make room on its disk"),
    ],
)
def test_a_redis_that_takes_no_delivery_is_told_with_what_mends_it(
    strike: Callable[[redis.Redis, Valkey], contextlib.AbstractContextManager[None]],
    says: str,
    mend: str,
    valkey: Valkey,
    tmp_path: Path,
) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        with strike(client, valkey):
            state, raised = look(valkey.url, tmp_path)
            assert state == says
            assert any(
                sentence.startswith(f"Redis {says}: webhooks get 503. ") and mend in sentence
                for sentence in raised
            )
            result, text, advice = doctor_says(valkey.url)
            assert (result, text) == (Result.FAIL, f"it {says}")
            assert mend in advice
        assert look(valkey.url, tmp_path)[0] == OK


def test_a_redis_cluster_is_told(cluster: Valkey, tmp_path: Path) -> None:
    state, raised = look(cluster.url, tmp_path)
    assert state == "is a Cluster, or part of one"
    assert "without cluster mode" in raised[0]
    assert doctor_says(cluster.url)[:2] == (Result.FAIL, "it is a Cluster, or part of one")


def test_deliveries_that_are_refused_count_where_a_write_would_pass(valkey: Valkey, tmp_path: Path) -> None:
    """The deliveries have a connection of their own, and it alone is broken here."""
    client = connect(valkey.url, 1.0)
    inbox = Inbox(client, 1000)
    monitor = Monitor(client, inbox, tmp_path)
    inbox.acks.failed(redis.TimeoutError("Timeout reading from socket"))
    assert monitor.look().redis == OK  # one is a hiccup
    inbox.acks.failed(redis.TimeoutError("Timeout reading from socket"))
    assert monitor.look().redis == "cannot be used: no answer"
    inbox.append(b"{}")
    assert monitor.look().redis == OK


def test_a_write_is_asked_for_once_however_many_look(valkey: Valkey, tmp_path: Path) -> None:
    client = connect(valkey.url, 1.0)
    monitor = Monitor(client, Inbox(client, 1000), tmp_path)
    monitor.look()
    before = client.info("commandstats")["cmdstat_set"]["calls"]
    for _ in range(20):
        monitor.look()
    # One a second, on a machine however slow.
    assert client.info("commandstats")["cmdstat_set"]["calls"] - before < 10


def test_an_unprivileged_user_of_redis_is_told_what_nobody_can_see(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.execute_command("ACL", "SETUSER", "hired", "on", ">word", "~*", "&*", "+@all", "-@dangerous")
    findings = check_redis(Patient(settings_of(REDIS_URL=valkey.url.replace("//", "//hired:word@"))))
    finding = next(iter(findings))
    assert finding.result is Result.WARNING
    assert "INFO is denied here, so its version cannot be seen" in finding.text


@pytest.mark.skipif(bool(cannot_mount()), reason=cannot_mount())
def test_a_full_disk_of_files_is_told_with_what_mends_it(valkey: Valkey, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(full)], check=True)
    try:
        (alarm,) = look(valkey.url, full)[1]
        assert alarm.startswith(
            f"The media store ({full}) takes no files: no space left on device. Make room"
        )
        (finding,) = check_media(Patient(settings_of(MEDIA_DIR=str(full))))
        assert finding.result is Result.FAIL
        assert finding.text == f"{full} takes no files: no space left on device"
        assert finding.mend.startswith("Make room on its disk")
    finally:
        subprocess.run(["umount", str(full)], check=True)


def test_a_house_whose_postgres_takes_no_writes_is_degraded_and_says_so(operated: House) -> None:
    operated.ask("ALTER SYSTEM SET default_transaction_read_only = on")
    operated.ask("SELECT pg_reload_conf()")
    try:
        said = operated.eventually(
            lambda: (seen := operated.request("GET", "/readyz").json())["postgres"] != OK and seen
        )
        assert (said["status"], said["postgres"]) == ("degraded", "is read-only")
        assert any(alarm.startswith("Postgres is read-only") for alarm in said["alarms"])
    finally:
        operated.ask("SET default_transaction_read_only = off")
        operated.ask("ALTER SYSTEM RESET default_transaction_read_only")
        operated.ask("SELECT pg_reload_conf()")
    operated.eventually(lambda: operated.request("GET", "/readyz").json()["status"] == "ok")
