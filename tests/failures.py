"""A pytest plugin: writes the id of each test that failed into the file of ``--failures``, a line each.

Also under pytest-xdist, whose reports reach the process that was started. What failed outside a test (a file that
cannot be imported) is a line with ``!`` in front: there is nothing to play once more.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--failures", type=Path, help="write the ids of the tests that failed into this file")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--failures")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Failures(path))


class _Failures:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self._noted: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._note(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note(f"!{report.nodeid}")

    def _note(self, line: str) -> None:
        if line not in self._noted:
            self._noted.add(line)
            with self._path.open("a") as file:
                file.write(line + "\n")
