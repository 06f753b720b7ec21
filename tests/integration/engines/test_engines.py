"""The servers as real processes, in temporary directories."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from engines import account
from engines.errors import AlreadyRunning, EngineError, PortBusy
from engines.formation import ROOT
from engines.postgres import Postgres
from engines.record import Record
from engines.valkey import Valkey
from engines.waiting import wait_until
from tests.integration.engines.processes import gone

pytestmark = pytest.mark.integration


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres")
    server.start()
    yield server
    server.erase()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey")
    server.start()
    yield server
    server.erase()


def ask(server: Postgres, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def client(server: Valkey) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_postgres_is_recent_and_knows_unicode(postgres: Postgres) -> None:
    assert ask(postgres, "SELECT current_database(), current_user") == [("parley", "parley")]
    assert ask(postgres, "SELECT lower('ÀÉ')") == [("àé",)]


def test_postgres_keeps_its_data_over_stop_and_start_on_the_same_port(postgres: Postgres) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 1 AS one")
    assert postgres.restart() == postgres.url
    assert ask(postgres, "SELECT one FROM kept") == [(1,)]


def test_postgres_survives_kill_9_with_its_data_and_a_client_connected(postgres: Postgres) -> None:
    with contextlib.closing(psycopg2.connect(postgres.url)):
        ask(postgres, "CREATE TABLE kept AS SELECT 1 AS one")
        postgres.kill()
        postgres.start()
    assert ask(postgres, "SELECT one FROM kept") == [(1,)]


def test_postgres_stops_though_a_client_stays_connected(postgres: Postgres) -> None:
    with contextlib.closing(psycopg2.connect(postgres.url)):
        postgres.stop()
    assert postgres.exit_code == 0
    assert not postgres.lost


def test_postgres_makes_a_cluster_whole_after_an_interrupted_first_start(postgres: Postgres) -> None:
    postgres.stop()
    location = postgres.directory / "location"
    home = Path(location.read_text().strip()) if location.exists() else postgres.directory
    (cluster,) = [*home.glob("cluster"), *home.glob("home/cluster")]
    cluster.rename(cluster.with_name("cluster.draft"))
    postgres.start()
    assert ask(postgres, "SELECT 1") == [(1,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_as_root_postgres_runs_as_another_account_and_leaves_directories_as_they_are(
    tmp_path: Path, postgres: Postgres
) -> None:
    assert psutil.Process(postgres.pid).uids().real != 0
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert Path((postgres.directory / "location").read_text().strip()).is_relative_to(account.OUTSIDE)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_a_cluster_elsewhere_goes_once_the_directory_it_belongs_to_is_gone(tmp_path: Path) -> None:
    first = Postgres(tmp_path / "first")
    with first:
        home = Path((first.directory / "location").read_text().strip())
    shutil.rmtree(first.directory)
    second = Postgres(tmp_path / "second")
    second.start()
    second.erase()
    assert not home.exists()


@pytest.mark.where_possible
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_postgres_in_their_own_directory() -> None:
    user = account.unprivileged()
    assert user is not None
    program = f"""
        import sys, tempfile
        sys.path[:0] = [{str(ROOT)!r}]
        from pathlib import Path
        from engines.postgres import Postgres
        with tempfile.TemporaryDirectory() as directory:
            with Postgres(Path(directory) / "postgres") as server:
                print(server.directory.joinpath("cluster", "PG_VERSION").read_text())
        """
    if not user.reaches(Path(sys.executable)):
        pytest.skip("this Python cannot be reached by an ordinary user")
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip().isdigit(), ran.stderr


def test_valkey_is_as_durable_as_the_acknowledgement_of_a_webhook_needs(valkey: Valkey) -> None:
    settings = client(valkey).config_get("*")
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "always")
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["bind"] == "127.0.0.1"


def test_valkey_survives_kill_9_with_its_data(valkey: Valkey) -> None:
    client(valkey).set("kept", "1")
    valkey.kill()
    valkey.start()
    assert client(valkey).get("kept") == b"1"


def test_valkey_starts_with_an_append_only_file_cut_short_by_a_crash(valkey: Valkey) -> None:
    client(valkey).set("kept", "1")
    client(valkey).set("cut", "x" * 100)
    valkey.kill()
    (file,) = valkey.directory.glob("appendonlydir/*.incr.aof")
    file.write_bytes(file.read_bytes()[:-50])
    valkey.start()
    assert client(valkey).mget("kept", "cut") == [b"1", None]


def test_a_frozen_server_answers_again_once_thawed_and_can_be_stopped_frozen(valkey: Valkey) -> None:
    valkey.freeze()
    impatient = redis.Redis.from_url(valkey.url, socket_timeout=0.2, retry=None)
    with pytest.raises(redis.TimeoutError):
        impatient.ping()
    valkey.thaw()
    assert client(valkey).ping()
    valkey.freeze()
    valkey.stop()
    assert valkey.exit_code == 0


def test_several_servers_run_side_by_side(valkey: Valkey, tmp_path: Path) -> None:
    with Valkey(tmp_path / "other") as other:
        client(other).set("mine", "1")
        assert client(valkey).get("mine") is None


def test_a_busy_port_is_named(valkey: Valkey, tmp_path: Path) -> None:
    with pytest.raises(PortBusy, match=str(valkey.port)):
        Valkey(tmp_path / "other", valkey.port).start()


def test_a_second_server_in_a_directory_in_use_is_refused(valkey: Valkey) -> None:
    with pytest.raises(AlreadyRunning) as refused:
        Valkey(valkey.directory).start()
    assert refused.value.pid == os.getpid()


def test_a_server_that_cannot_start_says_why_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="maxmemory"):
        Valkey(tmp_path / "valkey", options={"maxmemory": "much"}).start()


def test_a_server_that_ended_though_nobody_asked_is_noticed(valkey: Valkey) -> None:
    os.kill(valkey.pid, signal.SIGKILL)
    assert wait_until(lambda: valkey.lost, 30)
    assert valkey.exit_code == -signal.SIGKILL


HOLDER = """
    import sys, time
    from pathlib import Path
    from engines.postgres import Postgres
    from engines.valkey import Valkey
    base = Path(sys.argv[1])
    servers = [Postgres(base / "postgres"), Valkey(base / "valkey")]
    for server in servers:
        server.start()
    print(*(server.pid for server in servers), flush=True)
    time.sleep(60)
    """


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs both servers in ``tmp_path`` and prints their ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()
    Postgres(tmp_path / "postgres").erase()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ties children to their parent")
def test_servers_end_when_their_owner_is_killed_and_start_again_with_their_data(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert holder.stdout is not None
    pids = [int(pid) for pid in holder.stdout.readline().split()]
    holder.kill()
    for pid in pids:
        assert wait_until(lambda pid=pid: gone(pid), 30)  # type: ignore[misc]
    with Postgres(tmp_path / "postgres") as postgres, Valkey(tmp_path / "valkey") as valkey:
        assert ask(postgres, "SELECT 1") == [(1,)]
        assert client(valkey).ping()


def test_a_leftover_of_a_killed_owner_is_ended_by_the_next_start(valkey: Valkey, tmp_path: Path) -> None:
    stray = subprocess.Popen(["sleep", "60"])
    with stray:
        living = Record.of(stray.pid)
        assert living is not None
        directory = tmp_path / "next"
        directory.mkdir()
        Record(living.pid, living.started, owner=living.pid, owner_started=0.0).write(
            directory / "valkey.process"
        )
        with Valkey(directory) as server:
            assert stray.wait(30) == -signal.SIGKILL
            assert client(server).ping()


def test_a_recorded_id_that_belongs_to_another_process_by_now_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    with stranger:
        directory = tmp_path / "next"
        directory.mkdir()
        Record(stranger.pid, started=1.0, owner=1, owner_started=0.0).write(directory / "valkey.process")
        with Valkey(directory):
            assert stranger.poll() is None
        stranger.kill()
