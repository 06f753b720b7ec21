"""What is done before the web process' port is bound, and what is left to each worker after the fork."""

from __future__ import annotations

import subprocess
import sys

from engines.formation import ROOT

_LOOK = """
import os, runpy, sys, threading
runpy.run_path("api/gunicorn_config.py")
assert "api.app" in sys.modules, "a worker would accept connections for as long as it loads"
assert threading.active_count() == 1, threading.enumerate()
links = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if each.isdigit()
         and os.path.exists(f"/proc/self/fd/{each}")]
assert not [each for each in links if each.startswith("socket:")], links
"""


def test_everything_is_loaded_and_nothing_that_a_fork_would_share_is_open() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _LOOK],
        cwd=ROOT,
        env={"APP_ENV": "development"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
