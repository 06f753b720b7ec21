"""PgBouncer in front of a Postgres, as somebody's managed database has it."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import psycopg2

from engines import account
from engines.child import Command
from engines.engine import Engine
from engines.ports import LOOPBACK

_PATH = f"{os.defpath}:/usr/sbin:/usr/local/sbin"
PROGRAM = shutil.which("pgbouncer", path=_PATH)
_CONFIGURATION = """
[databases]
* = host={host} port={postgres}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
max_client_conn = 300
default_pool_size = 30
tcp_keepidle = 5
tcp_keepintvl = 3
tcp_keepcnt = 3
"""


class PgBouncer(Engine):
    """A pooler of this mode (session, transaction, statement) before the Postgres on ``postgres_port``."""

    name = "pgbouncer"

    def __init__(self, directory: Path, postgres_port: int, mode: str) -> None:
        super().__init__(directory)
        self._postgres_port = postgres_port
        self.mode = mode

    @property
    def url(self) -> str:
        return self.database_url("parley")

    def change_to(self, mode: str) -> None:
        """Be of this mode from now on; where that is another, every connection is lost."""
        if self.mode != mode:
            self.mode = mode
            self.restart()

    def database_url(self, database: str) -> str:
        return f"postgresql://parley@{LOOPBACK}:{self.port}/{database}"

    def _prepare(self) -> Command:
        assert PROGRAM is not None
        run_as = account.unprivileged()  # it refuses to run as root
        home = account.outside(self.directory) if run_as else self.directory
        home.mkdir(parents=True, exist_ok=True)
        users, configuration = home / "users", home / "pgbouncer.ini"
        users.write_text('"parley" ""\n')
        places = {"host": LOOPBACK, "port": self.port, "postgres": self._postgres_port}
        configuration.write_text(_CONFIGURATION.format(**places, users=users, mode=self.mode))
        for path in (home, users, configuration):
            path.chmod(0o755)
        return Command([PROGRAM, str(configuration)], {"PATH": _PATH}, home, run_as)

    def _ready(self) -> bool:
        try:
            with contextlib.closing(psycopg2.connect(self.url, connect_timeout=5)):
                return True
        except psycopg2.OperationalError:
            return False

    def erase(self) -> None:
        """Stop, and delete what it needed."""
        self.stop()
        shutil.rmtree(account.outside(self.directory), ignore_errors=True)
