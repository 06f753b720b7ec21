"""The tests themselves: they use what is public, stand-ins are written out, and none grows past a screenful or ten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
MODULES = sorted(TESTS.rglob("*.py"))
LONGEST, MOST_SIBLINGS = 400, 25
# Not ours: what Python, peewee and named tuples call so themselves.
_PUBLIC = {"_asdict", "_exit", "_fields", "_meta", "_replace"}


def tree(module: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))


def private(module: Path) -> Iterator[str]:
    """Names with an underscore that are somebody else's: ``thing._name``, and ``setattr(thing, "_name", ...)``."""
    for node in tree(module):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                yield f"{module.name}:{node.lineno} {ast.unparse(node)}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setattr"):
            names = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            yield from (f"{module.name}:{node.lineno} {name}" for name in names if _is_private(str(name)))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in _PUBLIC


def imported(module: Path) -> Iterator[str]:
    for node in tree(module):
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TESTS)))
def test_a_test_uses_what_is_public_and_no_stand_in_that_says_yes_to_everything(module: Path) -> None:
    assert list(private(module)) == []
    assert "unittest.mock" not in set(imported(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(TESTS)))
def test_what_tests_share_is_imported_by_its_whole_name(module: Path) -> None:
    siblings = {path.stem for path in module.parent.glob("*.py")}
    bare = [name for name in imported(module) if name in siblings | {"conftest"}]
    assert [name for name in bare if (module.parent / f"{name}.py").exists() and not _is_room(name)] == []


def _is_room(name: str) -> bool:
    return (TESTS.parent / name).is_dir() or (TESTS.parent / f"{name}.py").exists()


def test_no_module_is_too_long_and_no_directory_too_full() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
    directories = {path.parent for path in MODULES}
    siblings = {str(directory): len([*directory.glob("*.py")]) - 1 for directory in directories}
    assert {name: count for name, count in siblings.items() if count > MOST_SIBLINGS} == {}
