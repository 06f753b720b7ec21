"""How a run is told: to programs, to people, and in the docs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faults.__main__ import main
from faults.report import Result, as_json, as_markdown, as_table, write
from faults.tables.all import ROWS

WELL = Result("redis-killed", 1200, 1200, 0, 0, 0, 1.25, True)
BADLY = Result("web-killed", 300, 299, 1, 0, 0, 20.0, False, ("acknowledged and not stored",))


def test_json_has_the_agreed_keys_and_no_reasons() -> None:
    figures = {"acked": 1200, "stored": 1200, "lost": 0, "doubled": 0, "out_of_order": 0}
    first, second = json.loads(as_json([WELL, BADLY]))
    assert first == {"fault": "redis-killed", **figures, "recovered_s": 1.25, "passed": True}
    assert list(first) == list(second)


def test_a_table_is_aligned_and_shouts_where_a_row_failed() -> None:
    head, well, badly = as_table([WELL, BADLY]).splitlines()
    assert head.index("passed") == well.index("yes") == badly.index("NO")
    assert head.index("acked") == well.index("1,200")


def test_the_report_goes_between_the_marks_and_touches_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- faults -->\nold\n<!-- end -->\nafter\n<!-- end -->\n")
    write(page, as_markdown([WELL]))
    write(page, as_markdown([BADLY]))
    text = page.read_text()
    assert text.startswith("before\n<!-- faults -->\n| fault |")
    assert text.endswith(
        "| `web-killed` | 300 | 299 | 1 | 0 | 0 | 20.0 | NO |\n<!-- end -->\nafter\n<!-- end -->\n"
    )


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="put them where the report belongs"):
        write(page, as_markdown([WELL]))
    assert page.read_text() == "nothing\n"


def test_every_row_has_a_name_of_its_own_and_says_what_it_is_and_what_must_hold() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    assert all(row.name and row.what and row.must for row in ROWS)
    assert all(row.short <= row.long for row in ROWS)


def test_the_list_names_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [row.name for row in ROWS]


@pytest.mark.parametrize(
    ("arguments", "word"), [(["no-such-row"], "'no-such-row'"), ([], "--all"), (["--nothing"], "--nothing")]
)
def test_a_command_line_that_is_wrong_says_why_and_starts_nothing(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert word in capsys.readouterr().err
