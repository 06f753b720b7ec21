"""The tests themselves: they use what is public, and stand-ins are written out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
MODULES = sorted(TESTS.rglob("*.py"))
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
