"""What CONTRIBUTING.md says of sizes: of functions, of modules, and of folders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LONGEST, MODULE_LONGEST, MOST_SIBLINGS = 60, 400, 25
KINDS = {".py", ".js", ".mjs", ".css", ".lua"}
# Migrations pile up and are not changed any more; what others wrote is kept as it came.
NOT_COUNTED = {"migrations", "vendor", "__pycache__"}
# Words of a docstring or a comment, before the reason.
_SAYS_WHY = re.compile(r"\blong because\b")


def sources() -> Iterator[Path]:
    """Every source file of the product, the console and the tests."""
    yield ROOT / "logs.py"
    rooms = [path.parent for path in ROOT.glob("*/__init__.py")]
    for folder in [*rooms, ROOT / "console", ROOT / "docs"]:
        for path in sorted(folder.rglob("*")):
            if path.suffix in KINDS and NOT_COUNTED.isdisjoint(path.parts):
                yield path


def functions(module: Path) -> Iterator[tuple[str, int]]:
    """Each function of a Python module, and how many lines it has."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield f"{module.relative_to(ROOT)} {node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_too_long() -> None:
    found = dict(each for path in sources() if path.suffix == ".py" for each in functions(path))
    assert {name: lines for name, lines in found.items() if lines > FUNCTION_LONGEST} == {}


def test_a_long_module_says_why() -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sources()}
    lengths = {name: len(text.splitlines()) for name, text in texts.items() if not _SAYS_WHY.search(text)}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LONGEST} == {}


def test_no_folder_is_too_full() -> None:
    siblings: dict[str, int] = {}
    for path in sources():
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(ROOT))
            siblings[folder] = siblings.get(folder, 0) + 1
    assert {folder: count for folder, count in siblings.items() if count > MOST_SIBLINGS} == {}
