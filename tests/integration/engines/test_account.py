"""The account Postgres runs under, made on a machine that does not have it: here in a mount namespace with an /etc of
its own, so that this machine's own account, and what lies under /var/lib, is left alone (Linux, as root)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engines.account import ACCOUNT
from engines.formation import ROOT

_AT_ONCE = 6
# /etc is the copy that $1 names; /var/lib and /var/log, where the lock and useradd write, are empty.
_ENTER = """
set -eu
mount --bind "$1" /etc
mount -t tmpfs -o mode=755 none /var/lib
mount -t tmpfs -o mode=755 none /var/log
shift
exec "$@"
"""
# The processes are there before the first of them may begin: all read from a pipe that is closed then.
_FIRST_STARTS = f"""
import os
from engines import account
read, write = os.pipe()
for _ in range({_AT_ONCE}):
    if os.fork() == 0:
        os.close(write)
        os.read(read, 1)
        found = account.unprivileged()
        os.write(1, f"{{found.uid}}:{{found.gid}}\\n".encode())
        os._exit(0)
os.close(write)
for _ in range({_AT_ONCE}):
    assert os.wait()[1] == 0
"""


def _why_not() -> str:
    """Why there can be no such namespace on this machine: empty where there can."""
    if shutil.which("unshare") is None:
        return "there is no unshare (util-linux)"
    tried = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tried.stderr.strip()


# Who is not root needs no account. Root under CI fails where it cannot be played, and says why.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.where_possible,
    pytest.mark.skipif(os.geteuid() != 0, reason="FIRST STARTS AS ROOT ARE NOT TESTED: this is not root"),
]


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A copy of /etc, as on a machine where nothing of ours was started yet."""
    if (why := _why_not()) and os.environ.get("CI") != "true":
        pytest.skip(f"FIRST STARTS AS ROOT ARE NOT TESTED: {why}")
    assert not why
    copied = tmp_path / "etc"
    shutil.copytree("/etc", copied, symlinks=True)
    for name in ("passwd", "group", "shadow", "gshadow"):
        path = copied / name
        if path.exists():
            path.write_text(re.sub(rf"^{ACCOUNT}:.*\n", "", path.read_text(), flags=re.MULTILINE))
    return copied


def test_of_two_first_starts_at_once_one_makes_the_account_and_all_run_under_it(etc: Path) -> None:
    enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _ENTER, "sh", str(etc)]
    ran = subprocess.run(
        [*enter, sys.executable, "-c", _FIRST_STARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = ran.stdout.split()
    made = re.findall(rf"^{ACCOUNT}:[^:]*:(\d+:\d+):", (etc / "passwd").read_text(), re.MULTILINE)
    assert len(made) == 1
    assert told == made * _AT_ONCE
