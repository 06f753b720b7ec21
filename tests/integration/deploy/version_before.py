"""The code of the version before, taken out of the repository's history, and the lines that run it beside ours."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tarfile
from pathlib import Path

from engines.formation import PROCESSES, ROOT
from engines.procfile import RELEASE, Procfile

NAMED = ROOT / "models" / "migrations" / "VERSION_BEFORE"
BEFORE = tuple(f"before-{name}" for name in PROCESSES)
"""What the processes of the version before are called, beside ours."""
_PATIENCE_S = 60


class NotThere(Exception):
    """The history ends before that commit, and it could not be fetched either; the text says why."""


def commit() -> str:
    """The commit that the file names."""
    (named,) = [line for line in NAMED.read_text().splitlines() if line and not line.startswith("#")]
    assert re.fullmatch("[0-9a-f]{40}", named), f"{NAMED} names {named!r}, which is no whole commit hash"
    return named


def take_out(wanted: str, directory: Path, repository: Path = ROOT) -> Path:
    """The tree of a commit, below ``directory``. Fetches that one commit where the history does not reach back to it.

    Raises NotThere.
    """
    if _git(repository, "cat-file", "-e", f"{wanted}^{{commit}}").returncode:
        fetched = _git(repository, "fetch", "--quiet", "--no-tags", "--depth", "1", "origin", wanted)
        if fetched.returncode:
            raise NotThere(
                f"{wanted} is not in this repository, and git fetch says: {fetched.stderr.strip()}"
            )
    packed, tree = directory / "before.tar", directory / "before"
    archived = _git(repository, "archive", "--format=tar", f"--output={packed}", wanted)
    assert archived.returncode == 0, archived.stderr
    with tarfile.open(packed) as archive:
        archive.extractall(tree, filter="data")
    packed.unlink()
    return tree


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A remote that wants a password would ask for it for ever.
    env = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=repository,
            env=env,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(arguments, 1, "", str(error))


def lines_of_both(before: Path, directory: Path) -> Procfile:
    """Our own lines, and those of the code in ``before``, run there, as ``before-<name>``."""
    lines = [f"{name}: {line}" for name, line in Procfile().lines.items()]
    theirs = Procfile(before / "Procfile").lines
    for name in (RELEASE, *PROCESSES):
        there = f"cd {shlex.quote(str(before))} && PYTHONPATH={shlex.quote(str(before))} exec {theirs[name]}"
        lines.append(f"before-{name}: sh -c {shlex.quote(there)}")
    path = directory / "Procfile"
    path.write_text("\n".join(lines) + "\n")
    return Procfile(path)
