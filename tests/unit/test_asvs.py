"""docs/asvs.md, held to the standard's numbers and to the tests and files it names as proof."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

# How many requirements of level 1 and of level 2 each chapter of ASVS 5.0.0 has.
_LEVEL_1 = (8, 4, 8, 2, 4, 13, 6, 4, 4, 5, 3, 3, 1, 2, 3, 0, 0)
_LEVEL_2 = (19, 7, 11, 8, 5, 22, 12, 3, 3, 24, 11, 6, 12, 7, 10, 16, 7)
CHAPTERS = dict(enumerate(zip(_LEVEL_1, _LEVEL_2, strict=True), 1))
RESULTS = ("pass", "refused", "not applicable", "open")
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+|API\d+) \| ([^|]+) \| ([^|]+) \| (.*) \|$", re.MULTILINE)
_FILE = re.compile(r"[\w-][\w./-]*\.(?:py|js|md|html|toml|cfg|yml)|Caddyfile|\.dockerignore")
ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "asvs.md").read_text()


class Row(NamedTuple):
    id: str
    level: str
    result: str
    text: str

    @property
    def proofs(self) -> list[tuple[str, str]]:
        """The files that are named, each with the test that is, or ""."""
        parts = [span.partition("::") for span in re.findall(r"`([^`]+)`", self.text)]
        return [(file, name) for file, _, name in parts if name or _FILE.fullmatch(file)]


ROWS = [Row(*cells) for cells in _ROW.findall(TEXT)]
STANDARD = [row for row in ROWS if not row.id.startswith("API")]


@cache
def content(file: str) -> str:
    """The text of a file of the checkout; "" where there is none."""
    path = ROOT / file
    return path.read_text() if path.is_file() else ""


def has_test(file: str, name: str) -> bool:
    if file.endswith(".py"):
        return re.search(rf"^(async )?def {re.escape(name)}\(", content(file), re.MULTILINE) is not None
    return f'"{name}"' in content(file)


def faults(row: Row) -> Iterator[str]:
    """What is wrong with a row."""
    if row.result not in RESULTS:
        yield f"{row.result!r} is no result"
    if row.result == "pass" and not row.proofs:
        yield "passes, and names neither a test nor a file that shows it"
    if not re.search(r"\w{2}", row.text):
        yield "does not say why"
    for file, name in row.proofs:
        if not content(file):
            yield f"there is no {file}"
        elif name and not has_test(file, name):
            yield f"{file} has no {name}"


def test_every_requirement_is_there_once() -> None:
    assert Counter(row.id for row in ROWS).most_common(1)[0][1] == 1
    counted = Counter((int(row.id.partition(".")[0]), row.level) for row in STANDARD)
    assert {chapter: (counted[chapter, "1"], counted[chapter, "2"]) for chapter in CHAPTERS} == CHAPTERS
    assert len(STANDARD) == sum(map(sum, CHAPTERS.values()))
    assert [row.id for row in ROWS if row not in STANDARD] == [f"API{number}" for number in range(1, 11)]


def test_no_row_has_a_form_that_is_not_read() -> None:
    assert len(re.findall(r"^\| (?:\d|API)", TEXT.partition("<!-- asvs -->")[2], re.MULTILINE)) == len(ROWS)


def test_each_row_has_a_result_and_what_it_stands_on() -> None:
    assert [f"{row.id}: {fault}" for row in ROWS for fault in faults(row)] == []


@pytest.mark.parametrize(
    ("result", "text", "wrong"),
    [
        ("pass", "`setup.cfg` and `tests/unit/test_asvs.py::test_the_counts_are_those_of_the_rows`", ""),
        ("open", "Not yet.", ""),
        ("passes", "`setup.cfg`", "is no result"),
        ("pass", "Because.", "names neither"),
        ("refused", " ", "does not say why"),
        ("pass", "`api/gone.py`", "there is no api/gone.py"),
        ("open", "Half of it: `tests/unit/test_asvs.py::test_gone`", "has no test_gone"),
    ],
)
def test_what_is_wrong_with_a_row_is_found(result: str, text: str, wrong: str) -> None:
    complaints = list(faults(Row("1.1.1", "1", result, text)))
    assert bool(complaints) == bool(wrong)
    assert all(wrong in fault for fault in complaints)


def test_the_counts_are_those_of_the_rows() -> None:
    counts = Counter((row.level, row.result) for row in STANDARD)
    lines = [
        f"| {' and '.join(levels)} | {' | '.join(map(str, row))} | {sum(row)} |"
        for levels in ("1", "2", "12")
        for row in [[sum(counts[level, result] for level in levels) for result in RESULTS]]
    ]
    shown = TEXT.partition("<!-- asvs-counts -->")[2].partition("<!-- end -->")[0]
    assert shown.strip().splitlines()[2:] == lines


def test_what_is_refused_is_explained_in_the_security_page() -> None:
    page = (
        (ROOT / "docs" / "security.md")
        .read_text()
        .partition("## Refused, and why\n")[2]
        .partition("\n## ")[0]
    )
    explained = set(re.findall(r"\d+\.\d+\.\d+", page))
    assert explained == {row.id for row in ROWS if row.result == "refused"}
