"""``python -m faults NAME... | --all | --list | chaos [--json] [--report]``: play rows of the fault table."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from engines.formation import ROOT
from faults.chaos import chaos, plan
from faults.home import home
from faults.play import play
from faults.report import Result, as_json, as_markdown, as_table, write
from faults.tables.all import ROWS
from faults.tables.row import Row

PAGE = ROOT / "docs" / "delivery.md"
CHAOS = "chaos"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, 1 where a row failed or none could be played, 2 where the command line is wrong."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.list:
        print(_listing())
        return 0
    try:
        rows = _possible(_rows(asked))
    except LookupError as error:
        parser.error(str(error.args[0]))
    results = list(_play(rows, long=not asked.short))
    print(as_json(results) if asked.json else as_table(results))
    if asked.report:
        write(PAGE, as_markdown(results))
    return 0 if results and all(result.passed for result in results) else 1


def _rows(asked: argparse.Namespace) -> list[Row]:
    """The rows that were named. Raises LookupError."""
    if asked.all:
        return list(ROWS)
    known = {row.name: row for row in ROWS}
    if CHAOS in asked.names:
        strikes = plan(asked.seed, asked.minutes * 60)
        say(f"Chaos of {asked.minutes:g} min with --seed {asked.seed}: {len(strikes)} strikes")
        known[CHAOS] = chaos(strikes, say)
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        raise LookupError(f"no row is called {unknown[0]!r}; --list has them all")
    if not asked.names:
        raise LookupError("name rows of the table, or chaos, or say --all; --list has them all")
    return [known[name] for name in asked.names]


def _possible(rows: Sequence[Row]) -> list[Row]:
    """Those that can be played here; the others are told of."""
    for row in rows:
        if why := row.impossible():
            say(f"!! SKIPPING {row.name}: it {why}.")
    return [row for row in rows if not row.impossible()]


def _play(rows: Sequence[Row], *, long: bool) -> Iterator[Result]:
    """Each row in turn, in one house that is mended in between."""
    directory = Path(tempfile.mkdtemp(prefix="parley-faults-"))
    try:
        say(f"Starting a house in {directory}")
        with home(directory) as place:
            for number, row in enumerate(rows, 1):
                began = time.monotonic()
                result = play(row, place, directory / str(number), long=long)
                say(
                    f"[{number}/{len(rows)}] {row.name}: {_outcome(result)}, {time.monotonic() - began:.1f} s"
                )
                for reason in result.why:
                    say(f"    {reason}")
                yield result
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def _outcome(result: Result) -> str:
    return f"recovered in {result.recovered_s:.1f} s" if result.passed else "FAILED"


def _listing() -> str:
    width = max(len(row.name) for row in ROWS)
    return "\n".join(f"{row.name:{width}}  {row.what}; must: {row.must}" for row in ROWS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/faults", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="rows of the table, or chaos: rows at random"
    )
    parser.add_argument("--all", action="store_true", help="every row")
    parser.add_argument("--list", action="store_true", help="what rows there are")
    parser.add_argument("--short", action="store_true", help="shorter faults, as the tests play them")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long chaos lasts (default: 10)")
    seed = random.randrange(1_000_000)
    parser.add_argument(
        "--seed", type=int, default=seed, help="chaos' plan (default: a new one, which is told)"
    )
    parser.add_argument("--json", action="store_true", help="a JSON list of objects instead of a table")
    parser.add_argument(
        "--report", action="store_true", help=f"write the table into {PAGE.relative_to(ROOT)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
