"""What a benchmark says: rows of ours against a reference, as a table for people or JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

AT_MOST, AT_LEAST = "<=", ">="


class Target(NamedTuple):
    """What the ratio must be: ``at most`` or ``at least`` so many times the reference."""

    side: str
    times: float

    def met_by(self, ratio: float) -> bool:
        return ratio <= self.times if self.side == AT_MOST else ratio >= self.times

    def __str__(self) -> str:
        return f"{self.side} {self.times:g}x"


class Row(msgspec.Struct, frozen=True):
    """One figure. ``target`` and ``met`` are None where the figure is only told."""

    name: str
    ours: float
    reference: float
    unit: str
    ratio: float
    target: str | None
    met: bool | None
    note: str = ""
    """For people: how far the pairs were apart. Not in the JSON."""

    def public(self) -> dict[str, object]:
        fields: dict[str, object] = msgspec.to_builtins(self)
        fields.pop("note")
        return fields


def as_json(rows: Sequence[Row]) -> str:
    """A list with one object a line."""
    return "[" + ",\n ".join(msgspec.json.encode(row.public()).decode() for row in rows) + "]"


def as_table(rows: Sequence[Row]) -> str:
    """Aligned columns."""
    head = ("what", "ours", "reference", "unit", "ratio", "target", "met", "pairs")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: "-"}[row.met]
    return (
        *(row.name, _figure(row.ours), _figure(row.reference), row.unit, f"{row.ratio:.2f}x"),
        *(row.target or "-", met, row.note),
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
