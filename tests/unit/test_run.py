"""bin/test plays what failed once more, alone, and tells chance from a fault."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAILS_ONCE = """
    from pathlib import Path

    def test_by_chance():
        seen = Path("seen")
        assert seen.exists() or seen.touch()
"""
FAILS = "def test_always():\n    assert False\n"
SKIPS = """
    import pytest
    {mark}
    @pytest.mark.skipif(True, reason="no such program")
    def test_somewhere_else():
        assert False
"""
PASSES = "def test_fine():\n    pass\n"


def run(directory: Path, *arguments: str, ci: str = "", **files: str) -> subprocess.CompletedProcess[str]:
    """bin/test's program over these files, in a directory of their own."""
    for name, text in files.items():
        (directory / f"test_{name}.py").write_text(textwrap.dedent(text))
    (directory / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    long: long\n    where_possible: where possible\n"
    )
    environment = os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    command = [sys.executable, "-m", "tests.run", *arguments]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def last_line(ran: subprocess.CompletedProcess[str]) -> str:
    return ran.stdout.splitlines()[-1]


def test_what_fails_once_is_flaky_and_told_last_with_the_seed(tmp_path: Path) -> None:
    ran = run(tmp_path, "--seed", "7", ".", once=FAILS_ONCE, fine=PASSES)
    assert ran.returncode == 0
    assert last_line(ran).startswith("FLAKY (seed 7): test_once.py::test_by_chance ")


def test_the_files_of_the_checkout_are_meant_where_none_is_named(tmp_path: Path) -> None:
    """Without a path pytest looks for its settings beside whatever path it is given, an option's value included."""
    ran = run(tmp_path, "-k", "chance", once=FAILS_ONCE)
    assert ran.returncode == 0
    assert f"rootdir: {tmp_path}\n" in ran.stdout
    assert "FLAKY" in last_line(ran)
    assert ": test_once.py::test_by_chance " in last_line(ran)


def test_what_fails_twice_fails_the_run_also_where_files_are_played_side_by_side(tmp_path: Path) -> None:
    ran = run(tmp_path, "--numprocesses", "2", ".", always=FAILS, once=FAILS_ONCE)
    assert ran.returncode == 1
    assert "FLAKY" in last_line(ran)
    assert "test_always" not in last_line(ran)


@pytest.mark.parametrize(
    "text",
    ["import nothing_of_this_name", "\n".join(FAILS.replace("always", f"n{number}") for number in range(11))],
    ids=["a file that cannot be imported", "many failures"],
)
def test_what_is_no_chance_is_not_played_again(tmp_path: Path, text: str) -> None:
    ran = run(tmp_path, ".", broken=text)
    assert ran.returncode != 0
    assert "once more" not in ran.stdout


def test_a_run_in_which_all_pass_says_nothing_of_chance(tmp_path: Path) -> None:
    ran = run(tmp_path, ".", fine=PASSES)
    assert (ran.returncode, "FLAKY" in ran.stdout) == (0, False)


@pytest.mark.parametrize("text", [SKIPS.format(mark=""), "import pytest\npytest.importorskip('nothing')"])
def test_what_would_be_skipped_fails_where_nothing_may_be_skipped(tmp_path: Path, text: str) -> None:
    assert run(tmp_path, ".", away=text, fine=PASSES).returncode == 0
    ran = run(tmp_path, ".", ci="true", away=text, fine=PASSES)
    assert ran.returncode != 0
    assert "CI skips no test, and this one would be skipped" in ran.stdout


def test_what_is_played_where_possible_may_be_skipped_everywhere(tmp_path: Path) -> None:
    mark = "@pytest.mark.where_possible"
    ran = run(tmp_path, ".", ci="true", away=SKIPS.format(mark=mark), fine=PASSES)
    assert ran.returncode == 0
    assert "1 passed, 1 skipped" in ran.stdout
