"""Load from a second process, bounded in count and time: wrk where it is there, else the bundled generator."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from engines.formation import ROOT
from engines.ports import LOOPBACK

LONGEST_S = 120
_SCRIPT = Path(__file__).with_name("post.lua")


class Load(msgspec.Struct, frozen=True):
    """How a run of the generator went. ``refusal`` is the last status that was not 200, or 0; ``began`` is of the
    monotonic clock."""

    acked: int
    refused: int
    refusal: int
    began: float
    seconds: float


def post(
    port: int, requests: Path, count: int, connections: int, rate: float = 0.0, *, bundled: bool = False
) -> Load:
    """Send the first ``count`` requests of the file, by wrk where there is one and no rate is asked for, or by the
    ``bundled`` generator. Raises RuntimeError where one is not answered 200."""
    command = _wrk(port, requests, count, connections) if _has_wrk() and not rate and not bundled else None
    if command is None:
        command = [sys.executable, "-m", "bench.load.generator"]
        command += [str(port), str(requests), str(count), str(connections), str(rate)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S + 10, check=False
    )
    # wrk says what it is about to do before the script prints.
    line = done.stdout.rstrip().rpartition("\n")[2]
    if done.returncode != 0 or not line.startswith("{"):
        raise RuntimeError(
            f"{Path(command[0]).name} did not finish {count} requests in time:\n{done.stdout}{done.stderr}"
        )
    load = msgspec.json.decode(line, type=Load)
    if load.refused:
        raise RuntimeError(f"{load.refused} of {count} requests were not answered 200, but {load.refusal}")
    return load


def _has_wrk() -> bool:
    return shutil.which("wrk") is not None


def _wrk(port: int, requests: Path, count: int, connections: int) -> list[str]:
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{LONGEST_S}s"]
    command += ["--timeout", f"{LONGEST_S}s", "--script", str(_SCRIPT), f"http://{LOOPBACK}:{port}/"]
    return [*command, "--", str(requests), str(count)]
