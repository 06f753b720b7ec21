"""``python -m bench NAME [--json] [--pairs N] [--count N]``: run a benchmark and print its rows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench.measures.report import Row, as_json, as_table
from bench.options import Options
from bench.rows import ack, drain, fanout, idle, pipeline, send

BENCHMARKS: dict[str, Callable[[Options], list[Row]]] = {
    "ack": ack.run,
    "drain": drain.run,
    "fanout": fanout.run,
    "idle": idle.run,
    "pipeline": pipeline.run,
    "send": send.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 2 where the command line is wrong. A missed target is no failure."""
    asked = _parser().parse_args(arguments)
    rows = BENCHMARKS[asked.name](Options(asked.pairs, asked.count))
    print(as_json(rows) if asked.json else as_table(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("name", choices=BENCHMARKS, help="which benchmark")
    parser.add_argument("--json", action="store_true", help="a JSON list of rows instead of a table")
    parser.add_argument("--pairs", type=int, default=5, help="runs of ours and of the reference (default: 5)")
    parser.add_argument(
        "--count",
        type=int,
        help="webhooks, messages, frames or sockets a run (default: each benchmark's own)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
