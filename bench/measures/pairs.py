"""Ours and the reference in turn, A B A B: a machine that slows down slows both."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.measures.report import Row, Target

Run = Callable[[], dict[str, float]]
"""One run: figures by name."""


class Pairs(NamedTuple):
    """The figures of every run of both, pair by pair."""

    ours: Sequence[dict[str, float]]
    reference: Sequence[dict[str, float]]

    def row(self, figure: str, name: str, unit: str, target: Target | None = None) -> Row:
        """The medians, and the median of the pairs' ratios, which a change of speed between pairs does not touch."""
        ours = [run[figure] for run in self.ours]
        reference = [run[figure] for run in self.reference]
        ratios = [mine / theirs for mine, theirs in zip(ours, reference, strict=True)]
        ratio = statistics.median(ratios)
        return Row(
            name=name,
            ours=statistics.median(ours),
            reference=statistics.median(reference),
            unit=unit,
            ratio=round(ratio, 3),
            target=str(target) if target else None,
            met=target.met_by(ratio) if target else None,
            note=f"{len(ratios)}, {min(ratios):.2f}-{max(ratios):.2f}",
        )


def in_turn(count: int, name: str, ours: Run, reference: Run) -> Pairs:
    """Run ``count`` pairs and say on stderr how each went."""
    mine, theirs = [], []
    for number in range(1, count + 1):
        mine.append(ours())
        theirs.append(reference())
        say(f"{name} pair {number}/{count}: ours {_figures(mine[-1])} | reference {_figures(theirs[-1])}")
    return Pairs(mine, theirs)


def say(text: str) -> None:
    """Progress, beside the figures on stdout."""
    print(text, file=sys.stderr, flush=True)


def _figures(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
