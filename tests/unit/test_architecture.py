"""docs/architecture.md against the house: its rooms, its walks, its keys, its words, and of its rules those that
can be seen in the code."""

from __future__ import annotations

import ast
import configparser
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from engines.procfile import Procfile

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = ("The walk of a send", "The walk of a delivery")
MOST_WORDS = 15
NOT_PYTHON = {"console"}
EVERYTHING = "everything"
_KEY = re.compile(r"parley:[a-z:]+")
# What docs/architecture.md says of transactions: they stand in actions/, tasks/ and models/.
_WITHOUT_TRANSACTIONS = ("api", "cli", "health", "queues", "realtime", "storage", "whatsapp", "wsgateway")


class Room(NamedTuple):
    """A row of the table: the folders it names, and the rooms that it may import."""

    wings: set[str]
    may_import: set[str]


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/architecture.md has no section {title!r}"
    return found[1]


def table(title: str) -> Iterator[list[str]]:
    """The rows of a section's table, without its heading."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} | NOT_PYTHON


@functools.cache
def rooms() -> dict[str, Room]:
    found = {}
    for name, _, wings, imports in table("Rooms"):
        allowed = set(re.findall(r"`(\w+)`", imports))
        found[name.strip("`/")] = Room(
            set(re.findall(r"`(\w+)/`", wings)), packages() if imports == EVERYTHING else allowed
        )
    return found


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@functools.cache
def imports(room: str) -> dict[str, str]:
    """The rooms that a room imports, each with one of the modules that do."""
    found: dict[str, str] = {}
    for module in modules(room):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            else:
                continue
            found |= {name.split(".")[0]: str(module.relative_to(ROOT)) for name in names}
    return {name: module for name, module in found.items() if name in packages() - {room}}


@functools.cache
def contracts() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(ROOT / "setup.cfg")
    return read


def words(section_name: str, option: str) -> set[str]:
    return set(contracts()[f"importlinter:contract:{section_name}"].get(option, "").split())


def layers() -> list[list[str]]:
    lines = contracts()["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [line.split(" | ") for line in lines]


def layered(first: int = 0) -> list[str]:
    """The rooms of the layers, from one of them down."""
    return [room for layer in layers()[first:] for room in layer]


def forbidden(room: str) -> set[str]:
    """The whole rooms that the contracts forbid this one."""
    found: set[str] = set()
    for name in contracts().sections():
        if name.startswith("importlinter:contract:"):
            contract = name.rpartition(":")[2]
            if room in words(contract, "source_modules"):
                found |= words(contract, "forbidden_modules")
    return found & packages()


def test_every_room_is_a_package_and_every_package_is_a_room() -> None:
    assert set(rooms()) == packages()


def test_the_layers_are_those_of_the_contracts() -> None:
    shown = re.search(r"```\n(.*?)```", section("Rooms"), re.S)
    assert shown
    assert [line.split(" | ") for line in shown[1].splitlines()] == layers()


@pytest.mark.parametrize("room", layered())
def test_a_room_of_the_layers_may_import_what_the_contracts_let_it(room: str) -> None:
    depth = next(index for index, layer in enumerate(layers()) if room in layer)
    below = set(layered(depth + 1))
    assert rooms()[room].may_import & set(layered()) == below - forbidden(room)


@pytest.mark.parametrize("room", sorted(rooms()))
def test_no_room_imports_what_the_table_does_not_allow(room: str) -> None:
    assert rooms()[room].may_import & forbidden(room) == set()
    allowed = rooms()[room].may_import
    assert {name: module for name, module in imports(room).items() if name not in allowed} == {}


@pytest.mark.parametrize("room", sorted(rooms()))
def test_the_wings_of_a_room_are_its_folders(room: str) -> None:
    below = {path.name for path in (ROOT / room).iterdir() if path.is_dir()}
    ours = {name for name in below if any((ROOT / room / name).glob("*.*"))} - {"lua", "__pycache__"}
    told = rooms()[room].wings
    assert told <= below
    assert {name for name in ours if (ROOT / room / name / "__init__.py").exists()} <= told


def test_the_processes_are_those_of_the_procfile() -> None:
    assert {name.strip("`") for name, *_ in table("Processes")} == set(Procfile().lines)


@pytest.mark.parametrize("walk", WALKS)
def test_every_step_of_a_walk_begins_with_a_file_and_every_file_exists(walk: str) -> None:
    steps = re.findall(r"^\d+\. (.*)$", section(walk), re.M)
    assert len(steps) > 10
    assert [step for step in steps if not re.match(r"`[\w/]+\.\w+` ", step)] == []
    named = re.findall(r"`([\w/]+\.(?:py|lua|js))`", section(walk))
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_file_and_folder_the_page_names_exists() -> None:
    named = re.findall(rf"`((?:{'|'.join(packages())})/[\w/.]*)`", PAGE)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_glossary_is_short_and_in_order() -> None:
    told = [word for word, _ in table("Glossary")]
    assert len(told) <= MOST_WORDS
    assert told == sorted(told)


def keys_of_the_code() -> set[str]:
    """What of a key stands in the code: all of it, or as much as is before what varies."""
    product = [path for room in layered() for path in modules(room)]
    nodes = (node for path in product for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and _KEY.fullmatch(text)}


def test_every_key_in_redis_is_in_the_table_and_every_key_of_the_table_is_in_the_code() -> None:
    told = set(re.findall(r"`(parley:[a-z:]+\*?)`", section("Keys in Redis")))
    code = keys_of_the_code()
    stems = {key.rstrip("*") for key in told}
    starts = tuple(key.rstrip("*") for key in told if key.endswith("*"))
    assert {key for key in code if key not in told and not key.startswith(starts)} == set()
    assert {stem for stem in stems if not any(key.startswith(stem) for key in code)} == set()


@pytest.mark.parametrize("room", _WITHOUT_TRANSACTIONS)
def test_transactions_stand_where_the_rules_say(room: str) -> None:
    assert [str(path) for path in modules(room) if ".atomic(" in path.read_text(encoding="utf-8")] == []


def test_events_and_audit_rows_are_written_in_one_place_each() -> None:
    places = {"event_log.write(": "actions/announcing.py", "audit.write(": "actions/transactions.py"}
    product = [path for room in layered() for path in modules(room)]
    for call, place in places.items():
        callers = {path.relative_to(ROOT) for path in product if call in path.read_text(encoding="utf-8")}
        assert callers == {Path(place)}
