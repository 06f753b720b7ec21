"""Plays the tests, and what failed once more by itself: `bin/test` calls this.

A test that fails beside others and passes alone is FLAKY: a fault of the product or of the test that chance shows.
It is printed last, with the seed of its run, and does not fail the run; what fails twice does.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

TESTS_FAILED = 1
# With more than these nothing was chance.
_MOST_AGAIN = 10
_FULL_SEED = 2**32


class Part(NamedTuple):
    """One call of pytest, and which tests it plays."""

    arguments: Sequence[str]
    marks: Sequence[str]

    def command(self, without: Sequence[str]) -> list[str]:
        marks = " and ".join([*self.marks, *(f"not {mark}" for mark in without)])
        return [*self.arguments, *(["-m", marks] if marks else [])]


class Outcome(NamedTuple):
    """How a call of pytest ended: its exit code, and the tests that failed."""

    code: int
    failed: list[str]

    @property
    def may_be_chance(self) -> bool:
        """Whether nothing but a few tests went wrong."""
        names = self.failed
        return (
            self.code == TESTS_FAILED
            and 0 < len(names) <= _MOST_AGAIN
            and not any(name.startswith("!") for name in names)
        )


def whole(processors: int) -> list[Part]:
    """Files side by side, then the fault table, then by itself what holds a promise about time."""
    # One process more than processors, because most tests wait for something.
    beside = ["--numprocesses", str(processors + 1), "--maxprocesses", "4"]
    beside += ["--dist", "loadfile", "--no-loadscope-reorder"]
    return [
        Part([*beside, "--ignore", "tests/faults"], ["not timed"]),
        Part(["tests/faults"], []),
        Part(["--ignore", "tests/faults"], ["timed"]),
    ]


def play(arguments: Sequence[str], seed: int) -> Outcome:
    """Call pytest once."""
    with tempfile.TemporaryDirectory() as directory:
        failures = Path(directory) / "failures"
        chosen = [
            f"--hypothesis-seed={seed}",
            "-p",
            "tests.failures",
            f"--failures={failures}",
            "-p",
            "tests.skips",
        ]
        ran = subprocess.run([sys.executable, "-m", "pytest", *chosen, *arguments], check=False)
        return Outcome(ran.returncode, failures.read_text().splitlines() if failures.exists() else [])


def play_again(outcome: Outcome, seed: int) -> list[str]:
    """Play each test that failed once more, alone; returns those that failed again."""
    print(f"\nbin/test: {len(outcome.failed)} failed and will be played once more, alone", flush=True)
    return [name for name in outcome.failed if play([name], seed).code]


def main(given: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 where every test passed, at the latest when it was played alone."""
    chosen, arguments = _options(given)
    parts = [Part(arguments, [])] if arguments else whole(os.cpu_count() or 1)
    # What takes minutes is left to `--all`, where nobody asked for it by name.
    without = [*chosen.without, *([] if chosen.all or arguments else ["long"])]
    seed = secrets.randbelow(_FULL_SEED) if chosen.seed is None else chosen.seed
    code, flaky, began = 0, [], time.monotonic()
    for part in parts:
        outcome = play(part.command(without), seed)
        if outcome.may_be_chance:
            again = play_again(outcome, seed)
            flaky += [name for name in outcome.failed if name not in again]
            code = code or (TESTS_FAILED if again else 0)
        else:
            code = code or outcome.code
    print(f"bin/test took {time.monotonic() - began:.0f} s", flush=True)
    for name in flaky:
        print(f"FLAKY (seed {seed}): {name} failed, and passed when it was played alone", flush=True)
    return code


def _options(given: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Plays the tests, or those named; what else is given goes to pytest.",
        allow_abbrev=False,
    )
    parser.add_argument("--all", action="store_true", help="the long trials too, as .ci/run does")
    parser.add_argument("--seed", type=int, help="the seed of hypothesis; a new one each time otherwise")
    parser.add_argument("--without", action="append", default=[], help=argparse.SUPPRESS)
    return parser.parse_known_args(given)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("bin/test: interrupted")
