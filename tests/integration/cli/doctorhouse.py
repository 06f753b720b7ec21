"""Runs ``parley doctor`` against a house, as an operator would, and reads what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from engines.formation import ROOT, Formation

SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "a-long-word-for-meta-to-say"


@dataclass(frozen=True)
class Report:
    """What doctor said: its exit status, its findings, all it wrote, and how long its checks took."""

    status: int
    findings: list[dict[str, str]]
    output: str
    seconds: float

    def of(self, check: str) -> dict[str, str]:
        """The one finding of a check."""
        (only,) = [finding for finding in self.findings if finding["check"] == check]
        return only

    def failed(self) -> set[str]:
        return {finding["check"] for finding in self.findings if finding["result"] == "FAIL"}


def examine(house: Formation, **environment: str) -> Report:
    """``parley doctor --json`` with these variables on top of the house's own."""
    ran = run(house.env | environment, "--json")
    assert ran.stdout, ran.stderr
    report = json.loads(ran.stdout)
    return Report(ran.returncode, report["checks"], ran.stdout + ran.stderr, report["seconds"])


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "doctor", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
