"""Names that are nearly those of options: a misspelt one would otherwise be as good as not written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from settings.problems import Problem


def doubts(given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    """Names in the process environment that may be meant for Parley. They may be somebody else's, too."""
    known = list(known)
    for name in sorted(given):
        near = nearest(name, known)
        if near:
            yield Problem(
                f"The environment has {name}, which Parley does not know",
                f"If it is meant for Parley, write {near}.",
            )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is a slip away; None where ``name`` is known or resembles none.

    One letter may be wrong, missing, too many or swapped with its neighbour, in long names two; capitals and
    underscores count as nothing.
    """
    known = list(known)
    if name in known:
        return None
    folded = _folded(name)
    slips = 2 if len(folded) >= 12 else 1
    steps = {candidate: _steps(folded, _folded(candidate), slips) for candidate in known}
    best = min(known, key=steps.__getitem__)
    return best if steps[best] <= slips else None


def _folded(name: str) -> str:
    return name.upper().replace("_", "")


def _steps(one: str, other: str, most: int) -> int:
    """How many letters to change, add, drop or swap to make one of the other (the optimal string alignment)."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, its in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its)))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
