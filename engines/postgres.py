"""PostgreSQL 18 as a child process: TCP on the loopback address only, user and database ``parley``."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil
import psycopg2

from engines import account, binaries
from engines.child import Command
from engines.engine import Engine
from engines.errors import EngineError
from engines.ports import LOOPBACK

USER = "parley"
DATABASE = "parley"

_SETTINGS = {
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A statement holds its values by the time it arrives, and those are what customers wrote.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# The builtin provider knows Unicode's cases the same on every machine, whatever locales it has.
_LOCALE = ["--encoding=UTF8", "--locale=C"]
_UNICODE_LOCALE = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
_FIRST_WITH_BUILTIN_LOCALE = 17


class Postgres(Engine):
    """A PostgreSQL server with its cluster below ``directory``.

    ``options`` are server settings by name, for example ``{"max_connections": "20"}``. As root it runs
    under an ordinary account; where that cannot reach ``directory``, the cluster is under
    ``/var/lib/parley-dev`` and the file ``location`` in ``directory`` says where.
    Anyone on this machine may connect: loopback is trusted.
    """

    name = "postgres"
    stop_timeout_s = 20.0

    def __init__(
        self, directory: Path, port: int | None = None, options: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(directory, port)
        self._options = _SETTINGS | dict(options or {})

    @property
    def url(self) -> str:
        return self.database_url(DATABASE)

    def database_url(self, database: str) -> str:
        """The URL of another database on this server."""
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{database}"

    def create_database(self, database: str) -> str:
        """Make an empty database, one for each test for example, and return its URL."""
        with contextlib.closing(
            psycopg2.connect(self.database_url("postgres"), connect_timeout=5)
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{database}"')
        return self.database_url(database)

    def erase(self) -> None:
        """Stop, and delete the cluster, wherever it is, and the directory."""
        self.stop()
        erase(self.directory)

    def _prepare(self) -> Command:
        run_as = account.unprivileged()
        programs = binaries.postgres_programs(run_as)
        home = _home(self.directory, run_as)
        cluster = home / "cluster"
        if not (cluster / "PG_VERSION").exists():
            _make_cluster(programs, cluster, run_as)
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            # A socket's path has a length limit that temp directories exceed.
            "unix_socket_directories": "",
            **self._options,
        }
        arguments = [str(programs / "postgres"), "-D", str(cluster)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        # SIGINT is the fast shutdown; SIGTERM would wait for clients to leave by themselves.
        return Command(arguments, _environment(), home, run_as, signal.SIGINT)

    def _ready(self) -> bool:
        try:
            self.create_database(DATABASE)
        except psycopg2.errors.DuplicateDatabase:
            return True
        except psycopg2.OperationalError:
            return False
        return True


def erase(directory: Path) -> None:
    """Delete a stopped Postgres' ``directory`` and the cluster it has elsewhere."""
    with contextlib.suppress(OSError):
        elsewhere = Path((directory / "location").read_text().strip())
        # The note is a file anyone may have written; we may be root.
        if elsewhere.parent == account.OUTSIDE:
            shutil.rmtree(elsewhere)
    shutil.rmtree(directory, ignore_errors=True)


def _home(directory: Path, run_as: account.Account | None) -> Path:
    """The directory that holds the cluster, reachable for the account and, as root, owned by it."""
    if run_as is None:
        return directory
    if run_as.reaches(directory):
        home = directory / "home"
    else:
        account.prune(_is_running)
        home = account.outside(directory)
        (directory / "location").write_text(f"{home}\n")
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, run_as.uid, run_as.gid)
    (home / account.ORIGIN).write_text(f"{directory}\n")
    return home


def _is_running(home: Path) -> bool:
    """Whether some server uses the cluster in ``home``."""
    try:
        pid = int((home / "cluster" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return False
    return bool(psutil.pid_exists(pid))


def _make_cluster(programs: Path, cluster: Path, run_as: account.Account | None) -> None:
    """Make a cluster whole or not at all: a start that was interrupted leaves only a draft."""
    draft = cluster.with_name("cluster.draft")
    shutil.rmtree(draft, ignore_errors=True)
    locale = _LOCALE
    if binaries.postgres_version(programs) >= _FIRST_WITH_BUILTIN_LOCALE:
        locale = _UNICODE_LOCALE
    made = subprocess.run(
        [programs / "initdb", "-D", draft, "-U", USER, "--auth=trust", "--no-instructions", *locale],
        env=_environment(),
        cwd=cluster.parent,
        user=run_as.uid if run_as else None,
        group=run_as.gid if run_as else None,
        extra_groups=[] if run_as else None,
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise EngineError(f"initdb could not make a database in {draft}:\n{made.stdout}{made.stderr}")
    draft.rename(cluster)


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
