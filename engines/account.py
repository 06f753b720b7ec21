"""The ordinary account Postgres runs under where we are root, and files it can reach.

Postgres refuses to run as root. People's directories keep their permissions: what the account cannot
reach is placed under ``/var/lib/parley-dev`` instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.errors import EngineError

ACCOUNT = "parley-dev"
OUTSIDE = Path("/var/lib/parley-dev")
# Beside what lies outside: the directory it belongs to.
ORIGIN = "origin"


@dataclass(frozen=True)
class Account:
    """A system account: its numeric user and group."""

    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """Whether the account may enter the directory or run the program at ``path``."""
        test = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            user=self.uid,
            group=self.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        return test.returncode == 0


def unprivileged() -> Account | None:
    """The account to run Postgres under: None where we are not root, ``parley-dev`` (made if need be) or
    else ``nobody`` where we are. Raises EngineError where there is neither."""
    if os.geteuid() != 0:
        return None
    account = _find(ACCOUNT) or _make() or _find("nobody")
    if account is None:
        raise EngineError(
            f"Postgres does not run as root, and no account {ACCOUNT} could be made; "
            f"make it with `useradd --system {ACCOUNT}`, or run this as an ordinary user."
        )
    return account


def outside(directory: Path) -> Path:
    """Where that belongs which the account cannot reach in ``directory``: one place for each directory."""
    name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]
    return open_directory(OUTSIDE) / name


def prune(is_used: Callable[[Path], bool]) -> None:
    """Delete what lies outside for directories that are gone, such as those of tests."""
    for note in OUTSIDE.glob(f"*/{ORIGIN}"):
        try:
            belongs_to = Path(note.read_text().strip())
        except OSError:
            continue  # another start was quicker
        if not belongs_to.exists() and not is_used(note.parent):
            shutil.rmtree(note.parent, ignore_errors=True)


def open_directory(path: Path) -> Path:
    """Make ``path`` under ``/var/lib/parley-dev``, passable for every account whatever our umask is."""
    path.mkdir(parents=True, exist_ok=True)
    for directory in (path, *path.parents):
        if directory.is_relative_to(OUTSIDE):
            directory.chmod(0o755)
    return path


def reachable_copy(source: Path, name: str, account: Account) -> Path:
    """A copy of the tree ``source`` at ``/var/lib/parley-dev/<name>``, made once; returns where it is."""
    target = OUTSIDE / name
    if not target.exists():
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        open_directory(target.parent)
        shutil.copytree(source, draft, symlinks=True)
        try:
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft)  # another start was quicker
    if not account.reaches(target):
        raise EngineError(f"{target} cannot be reached by the account Postgres runs under.")
    return target


def _find(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _make() -> Account | None:
    tool = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if tool is None:
        return None
    arguments = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    # One at a time: of two useradd at once both make the account, and the second gives it another number.
    with (open_directory(OUTSIDE) / "account.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _find(ACCOUNT) is None:
            subprocess.run([tool, *arguments, ACCOUNT], check=False, capture_output=True)
        return _find(ACCOUNT)
