"""What a run says: an object a row for programs, a table for people and for docs/delivery.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

_BEGIN, _END = "<!-- faults -->\n", "<!-- end -->"
_HEAD = ("fault", "acked", "stored", "lost", "doubled", "out of order", "recovered in s", "passed")


class Result(msgspec.Struct, frozen=True):
    """How a row went. ``acked`` are promises on both journeys, ``stored`` those of them in Postgres."""

    fault: str
    acked: int
    stored: int
    lost: int
    doubled: int
    out_of_order: int
    recovered_s: float
    passed: bool
    why: tuple[str, ...] = ()
    """For people: what was not kept. Not in the JSON."""

    def public(self) -> dict[str, object]:
        fields: dict[str, object] = msgspec.to_builtins(self)
        fields.pop("why")
        return fields

    def cells(self) -> tuple[str, ...]:
        counts = (self.acked, self.stored, self.lost, self.doubled, self.out_of_order)
        passed = "yes" if self.passed else "NO"
        return (self.fault, *(f"{count:,}" for count in counts), f"{self.recovered_s:.1f}", passed)


def as_json(results: Sequence[Result]) -> str:
    """A list with one object a line."""
    return "[" + ",\n ".join(msgspec.json.encode(result.public()).decode() for result in results) + "]"


def as_table(results: Sequence[Result]) -> str:
    """Aligned columns."""
    lines = [_HEAD, *(result.cells() for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(results: Sequence[Result]) -> str:
    """A table as the docs have it."""
    rule = ["---", *["--:"] * (len(_HEAD) - 2), "---"]
    lines = [
        _HEAD,
        rule,
        *((f"`{cells[0]}`", *cells[1:]) for cells in (result.cells() for result in results)),
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(page: Path, text: str) -> None:
    """Put ``text`` between the marks of a page. Raises ValueError where it has none."""
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(
            f"{page} has no lines {_BEGIN.strip()} and {_END}; put them where the report belongs."
        )
    page.write_text(f"{before}{begin}{text}{end}{after}")
