"""The benchmarks run, tiny, and say what they say in the agreed shape. Figures are nobody's business here.

Not those that install what their references need, or hold sockets by the thousand: of these the parts are tested.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.__main__ import BENCHMARKS
from engines.formation import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(300)]
KEYS = {"name", "ours", "reference", "unit", "ratio", "target", "met"}
LARGE = {"fanout", "idle"}
# Enough for the system to count some CPU time; the pipeline waits for silence the longer, the more there are.
COUNTS = {"ack": 200, "drain": 200, "pipeline": 60}


@pytest.mark.parametrize("name", sorted(BENCHMARKS.keys() - LARGE))
def test_a_benchmark_prints_its_rows_as_json(name: str) -> None:
    command = [
        sys.executable,
        "-m",
        "bench",
        name,
        "--json",
        "--pairs",
        "1",
        "--count",
        str(COUNTS.get(name, 60)),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(done.stdout)
    assert rows
    for row in rows:
        assert row.keys() == KEYS
        assert row["ours"] > 0
        assert row["reference"] > 0
        assert row["ratio"] > 0
        assert (row["target"] is None) == (row["met"] is None)
