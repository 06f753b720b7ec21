"""README and docs say what the code says: paths, options, codes, events, and links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from api.house import furnish
from api.route import ONESELF, PUBLIC, SCOPES
from api.routes import routes
from engines.formation import ROOT
from queues.app import configuration
from settings import Settings, options

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
ROOMS = [path.parent.name for path in ROOT.glob("*/__init__.py")] + ["bin", "console", "docker", "docs"]
_FILE = re.compile(rf"(?<![\w./-])(?:{'|'.join(ROOMS)})/[\w/.-]*\w\.(?:py|js|mjs|lua|sh|md|css|json)\b")
# What is not there is what they are about.
_OF_NO_FILES = {"tests/unit/test_asvs.py"}
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)[^)]*\)")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def served() -> set[str]:
    """Every method and path of the route table."""
    return {
        f"{method} {route.path}"
        for route in routes(furnish(Settings(), redis.Redis()))
        for method in _METHODS
        if hasattr(route.resource, f"on_{method.lower()}" + (f"_{route.suffix}" if route.suffix else ""))
    }


def test_every_route_names_a_scope() -> None:
    named = {route.path: route.scope for route in routes(furnish(Settings(), redis.Redis()))}
    assert {path: scope for path, scope in named.items() if scope not in (PUBLIC, ONESELF, *SCOPES)} == {}


def test_every_route_is_documented_and_every_documented_route_exists() -> None:
    text = (ROOT / "docs" / "http-api.md").read_text()
    documented = set(re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", text, re.M))
    assert documented == served()


def test_the_tables_of_the_docs_are_up_to_date() -> None:
    looked = subprocess.run(
        [sys.executable, ROOT / "docs" / "tables.py", "--check"], capture_output=True, text=True, check=False
    )
    assert looked.returncode == 0, f"{looked.stdout}{looked.stderr}Run: python docs/tables.py"


def test_the_example_settings_can_be_read_back() -> None:
    text = (ROOT / ".env.example").read_text()
    named = dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", text, re.M))
    for option in options():
        assert option.variable in named
        if option.secret:
            assert named[option.variable] in ("", str(option.default))


def test_every_error_code_of_a_socket_is_documented() -> None:
    sources = "".join(path.read_text() for path in sorted((ROOT / "wsgateway").glob("*.py")))
    codes = set(re.findall(r'Fault\(\s*"([a-z_]+)"', sources))
    text = (ROOT / "docs" / "events.md").read_text()
    assert {code for code in codes if f"`{code}`" not in text} == set()


def test_every_setting_of_celerys_has_its_reason() -> None:
    text = (ROOT / "docs" / "decisions" / "0003-celery-wakes.md").read_text()
    names = set(configuration(Settings())) - {"broker_transport_options", "result_backend_transport_options"}
    assert {name for name in names if name not in text} == set()


def test_every_dependency_has_its_reason() -> None:
    wanted = re.search(r"install_requires =\n((?:    .+\n)+)", (ROOT / "setup.cfg").read_text())
    assert wanted is not None
    text = (ROOT / "docs" / "decisions" / "0007-dependencies.md").read_text()
    packages = [re.split(r"[ \[]", line.strip())[0] for line in wanted[1].splitlines()]
    assert [package for package in packages if package not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_docs_leads_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_the_docs_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {path.relative_to(ROOT / "docs") for path in PAGES if path.is_relative_to(ROOT / "docs")}
    assert [
        str(page) for page in sorted(pages) if page.name != "README.md" and f"({page})" not in index
    ] == []


def test_every_file_that_a_page_or_a_comment_names_exists() -> None:
    folders = [ROOT / name for name in ROOMS if name != "docs"]
    sources = [
        path
        for each in folders
        for kind in ("*.py", "*.js", "*.ts", "*.lua", "*.md")
        for path in each.rglob(kind)
    ]
    for path in [*PAGES, *sources]:
        name = str(path.relative_to(ROOT))
        if "vendor" in path.parts or name in _OF_NO_FILES:
            continue
        named = set(_FILE.findall(path.read_text(encoding="utf-8")))
        gone = {each for each in named if not (ROOT / each).exists() and not (path.parent / each).exists()}
        assert (name, gone) == (name, set())
