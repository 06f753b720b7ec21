"""How the version before is taken out of the history, also where that is not all there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.deploy import version_before

pytestmark = pytest.mark.integration


def git(directory: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    ran = subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository of two versions."""
    made = tmp_path / "origin"
    made.mkdir()
    git(made, "init", "--quiet")
    for words in ("before", "now"):
        (made / "words").write_text(words)
        git(made, "add", "words")
        git(made, "commit", "--quiet", "--message", words)
    return made


@pytest.fixture
def shallow(origin: Path, tmp_path: Path) -> Path:
    """A clone that has the newest version alone."""
    git(tmp_path, "clone", "--quiet", "--depth", "1", origin.as_uri(), "shallow")
    return tmp_path / "shallow"


def test_the_file_names_one_whole_commit() -> None:
    assert len(version_before.commit()) == 40


def test_the_version_before_is_taken_out_of_the_history(origin: Path, tmp_path: Path) -> None:
    tree = version_before.take_out(git(origin, "rev-parse", "HEAD~1"), tmp_path, origin)
    assert (tree / "words").read_text() == "before"


def test_a_shallow_clone_fetches_the_one_commit(origin: Path, shallow: Path, tmp_path: Path) -> None:
    assert git(shallow, "rev-list", "--count", "HEAD") == "1"
    tree = version_before.take_out(git(origin, "rev-parse", "HEAD~1"), tmp_path, shallow)
    assert (tree / "words").read_text() == "before"


def test_where_it_can_be_had_from_nowhere_it_is_said_why(origin: Path, shallow: Path, tmp_path: Path) -> None:
    wanted = git(origin, "rev-parse", "HEAD~1")
    origin.rename(tmp_path / "elsewhere")
    with pytest.raises(version_before.NotThere, match=f"{wanted} is not in this repository"):
        version_before.take_out(wanted, tmp_path, shallow)
