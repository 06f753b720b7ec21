"""The formation as real processes, in temporary directories."""

from __future__ import annotations

import contextlib
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engines import ports
from engines.errors import AlreadyRunning, EngineError
from engines.formation import Formation
from engines.procfile import Procfile
from engines.waiting import wait_until
from tests.integration.engines.processes import gone

pytestmark = pytest.mark.integration

# A house in small: the web line answers /readyz, the worker sleeps and has a child of its own.
WEB = """
    import http.server, os
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(os.environ["DATABASE_URL"].encode())
        def log_message(self, *arguments): pass
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["WEB_PORT"])), Handler).serve_forever()
    """
PROCFILE = """
release: python -c 'print("migrated")'
web: python web.py
worker: python -c 'import subprocess; subprocess.run(["sleep", "600"])'
short: python -c 'raise SystemExit(3)'
"""


@pytest.fixture
def small_house(tmp_path: Path) -> Iterator[Formation]:
    house = _small_house(tmp_path)
    house.start()
    yield house
    house.stop()


def _small_house(directory: Path, *processes: str) -> Formation:
    (directory / "web.py").write_text(textwrap.dedent(WEB))
    (directory / "Procfile").write_text(PROCFILE)
    # Servers of others, so that none of ours is started, and a token, so that no sandbox is.
    environment = {
        "DATABASE_URL": "postgresql://nobody@localhost/none",
        "REDIS_URL": "redis://localhost:1/0",
        "WHATSAPP_ACCESS_TOKEN": "token",
    }
    return Formation(
        directory / "data",
        environment,
        procfile=Procfile(directory / "Procfile"),
        root=directory,
        processes=processes or ("web", "worker"),
    )


def test_a_formation_is_ready_through_its_front_door_and_uses_the_servers_given(
    small_house: Formation,
) -> None:
    with urllib.request.urlopen(small_house.urls.ready, timeout=30) as answer:
        assert answer.read() == b"postgresql://nobody@localhost/none"
    assert (small_house.postgres, small_house.valkey) == (None, None)
    assert (small_house.logs / "migrate.log").read_text() == "migrated\n"


def test_a_killed_process_takes_its_children_along_and_comes_back(small_house: Formation) -> None:
    worker = small_house.process("worker")
    assert wait_until(lambda: bool(psutil.Process(worker.pid).children()), 30)
    (child,) = psutil.Process(worker.pid).children()
    before = worker.pid
    small_house.kill("worker")
    assert gone(before)
    assert gone(child.pid)
    assert small_house.lost() == {}
    assert small_house.restart("worker").running


def running_in(directory: Path) -> list[psutil.Process]:
    """The processes at home there, orphans too; those of other tests' houses are elsewhere."""
    processes = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(directory):
                processes.append(process)
    return processes


def test_a_stopped_formation_leaves_no_process(tmp_path: Path) -> None:
    house = _small_house(tmp_path).start()
    pids = {house.process("web").pid, house.process("worker").pid, house.caddy.pid}
    assert pids <= {process.pid for process in running_in(tmp_path)}
    house.stop()
    assert running_in(tmp_path) == []


def test_a_process_that_ends_by_itself_stops_the_start_and_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="short ended with exit code 3"):
        _small_house(tmp_path, "web", "short").start()
    assert running_in(tmp_path) == []


def test_one_formation_to_a_data_directory(small_house: Formation, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match=small_house.urls.site):
        _small_house(tmp_path).start()
    assert small_house.is_ready()


def test_a_second_process_from_the_same_line_runs_beside_the_first(small_house: Formation) -> None:
    port = ports.free_port()
    second = small_house.add("web2", line="web", env={"WEB_PORT": str(port)})
    assert wait_until(lambda: ports.answers(port), 30)
    assert second.pid != small_house.process("web").pid


def test_the_front_door_names_no_secret_in_its_log_and_sets_headers_where_the_app_does_not(
    small_house: Formation,
) -> None:
    addresses = [
        "/page?ticket=SECRET1&hub.verify_token=SECRET2&token=SECRET3",
        "/api/v1/ws/chat/?ticket=SECRET4",
    ]
    for address in addresses:
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(small_house.urls.site + address, timeout=30)
        answer.value.close()
        if address.startswith("/page"):
            assert answer.value.headers["X-Content-Type-Options"] == "nosniff"
    log = small_house.caddy.log
    assert wait_until(lambda: log.read_text().count("REDACTED") >= 4, 30)
    assert "SECRET" not in log.read_text()
