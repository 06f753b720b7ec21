"""Every Procfile line started before its engines: it says what it waits for, ends when asked to, and works once
they are there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from engines import surroundings
from engines.child import Child, Command
from engines.formation import ROOT
from engines.ports import LOOPBACK, free_port
from engines.postgres import Postgres
from engines.procfile import Procfile
from engines.surroundings import Ports
from engines.valkey import Valkey
from engines.waiting import wait_until
from faults.house import environment
from faults.people.meta import Meta
from models.database import open_pool

pytestmark = [pytest.mark.integration, pytest.mark.long]

SECRET = "hunter2hunter2"
STARTED_S = 20.0
# None of them may need longer to end while it only waits.
PROMPT_S = 10.0


class Early:
    """The processes of a house, and its engines, each started when the test says so."""

    def __init__(self, directory: Path) -> None:
        self.postgres = Postgres(directory / "postgres", options={"fsync": "off"})
        self.valkey = Valkey(directory / "valkey")
        ports = Ports(*(free_port() for _ in range(5)))
        self.env = surroundings.base(environment(), ports) | {
            "APP_ENV": "development",
            "DATABASE_URL": self.postgres.url.replace("parley@", f"parley:{SECRET}@"),
            "REDIS_URL": self.valkey.url,
            "MEDIA_DIR": str(directory / "media"),
        }
        self.web = f"http://{LOOPBACK}:{ports.web}"
        self.ws = f"http://{LOOPBACK}:{ports.ws}"
        self._logs = directory / "logs"
        self._children: list[Child] = []

    def start(self, name: str) -> Child:
        child = Child(name, self._logs)
        child.start(Command(Procfile().arguments(name), self.env, ROOT))
        self._children.append(child)
        return child

    def migrate(self) -> None:
        assert self.start("release").wait(STARTED_S) == 0

    def stop(self) -> None:
        for child in self._children:
            child.kill()
        for engine in (self.postgres, self.valkey):
            engine.stop()
        self.postgres.erase()


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Early]:
    made = Early(tmp_path)
    yield made
    made.stop()


def says(child: Child, *words: str) -> Callable[[], bool]:
    """Whether some line of its log has all these words."""

    def said() -> bool:
        lines = child.log.read_text(errors="replace").splitlines()
        return any(all(word in line for word in words) for line in lines)

    return said


def gets(url: str, status: int) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return requests.get(url, timeout=5).status_code == status
        except requests.RequestException:
            return False

    return asked


# These do not stand still while they wait, and end as ever; the others end as any program does by SIGTERM.
SERVING = ("web", "beat", "ws")
AWAITED = {
    "release": ("Postgres",),
    "web": ("Postgres", "Redis"),
    "worker": ("Redis",),
    "sender": ("Redis",),
    "beat": ("Redis",),
    "ws": ("Redis",),
}


def test_every_process_says_what_it_waits_for_and_ends_at_once_when_it_is_asked_to(early: Early) -> None:
    children = {name: early.start(name) for name in AWAITED}
    for name, servers in AWAITED.items():
        for server in servers:
            engine = early.postgres if server == "Postgres" else early.valkey
            line = (f"waiting for {server} at {LOOPBACK}:{engine.port}: connection refused (",)
            assert wait_until(says(children[name], *line), STARTED_S), children[name].log_tail()
    for child in children.values():
        child.ask_to_stop()
    began = time.monotonic()
    for name, child in children.items():
        code = child.wait(PROMPT_S)
        assert code == (0 if name in SERVING else 128 + signal.SIGTERM), (name, code)
        assert SECRET not in child.log.read_text()
    assert time.monotonic() - began < PROMPT_S


def test_what_waited_works_once_its_engines_are_there(early: Early) -> None:
    children = {name: early.start(name) for name in ("release", "web", "worker", "beat")}
    for name in children:
        assert wait_until(says(children[name], "waiting for "), STARTED_S), children[name].log_tail()
    meta = Meta("")
    delivery = meta.said(meta.text("447700900321", "Early"))
    webhook = f"{early.web}/api/v1/whatsapp/webhook"
    assert wait_until(gets(f"{early.web}/readyz", 503), STARTED_S)
    assert requests.post(webhook, data=delivery, timeout=5).status_code == 503
    early.valkey.start()
    # Without Postgres webhooks are taken already.
    assert wait_until(gets(f"{early.web}/readyz", 200), STARTED_S)
    assert requests.post(webhook, data=delivery, timeout=5).status_code == 200
    assert wait_until(says(children["worker"], "waiting for Postgres"), STARTED_S)
    early.postgres.start()
    assert children["release"].wait(STARTED_S) == 0
    assert wait_until(says(children["web"], "Postgres at", "answers after"), STARTED_S)
    assert wait_until(
        lambda: requests.get(f"{early.web}/readyz", timeout=5).json()["status"] == "ok", STARTED_S
    )
    pool = open_pool(early.env["DATABASE_URL"], 1)
    assert wait_until(
        lambda: pool.execute_sql("SELECT preview FROM message").fetchall() == [("Early",)], STARTED_S
    )
    pool.close_all()


def test_a_migration_gives_up_in_bounded_time_with_a_sentence(early: Early) -> None:
    program = "import sys; from cli import main, migrating; migrating._WAIT_S = 1.0; sys.exit(main.main(['migrate']))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=early.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 1
    assert (
        f"Postgres at {LOOPBACK}:{early.postgres.port} did not answer within 1 s: connection refused"
        in ran.stderr
    )
    assert "DATABASE_URL" in ran.stderr
    assert SECRET not in ran.stderr
