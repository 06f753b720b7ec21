"""The console's page names every module it will need, so that a browser asks for all of them at once."""

from __future__ import annotations

import re
from pathlib import Path

CONSOLE = Path(__file__).resolve().parents[3] / "console"
PAGE = (CONSOLE / "index.html").read_text()
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*?"(\.[^"]+)"|\bfrom ?"(\.[^"]+)"', re.M)


def imported(module: Path) -> set[Path]:
    """The modules it imports, with those of bundled files in one line."""
    return {(module.parent / (one or other)).resolve() for one, other in _IMPORT.findall(module.read_text())}


def needed(entry: Path) -> set[Path]:
    """Every module of the page, the first one too."""
    reached, open_ends = {entry}, [entry]
    while open_ends:
        fresh = imported(open_ends.pop()) - reached
        reached |= fresh
        open_ends += fresh
    return reached


def test_every_module_of_the_page_is_asked_for_at_once() -> None:
    listed = re.findall(r'<link rel="modulepreload" href="/console/([^"]+)">', PAGE)
    graph = {str(path.relative_to(CONSOLE)) for path in needed(CONSOLE / "app.js")} - {"app.js"}
    assert listed == sorted(graph)


def test_no_module_lies_there_that_no_page_needs() -> None:
    pages = " ".join(page.read_text() for page in CONSOLE.glob("*.html"))
    entries = [CONSOLE / name for name in re.findall(r'<script [^>]*?src="/console/([^"]+)"', pages)]
    assert set(CONSOLE.rglob("*.js")) == set().union(*map(needed, entries))


def test_no_module_names_an_address_that_would_miss_its_version() -> None:
    """What the page asks for stands below /console/<version>/: modules say where by their own place."""
    for path in CONSOLE.rglob("*.js"):
        assert "/console/" not in path.read_text(), path
