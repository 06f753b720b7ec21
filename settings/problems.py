"""What is wrong with settings, and what mends it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """What was found, without a full stop, and a sentence that says what to do about it."""

    text: str
    mend: str

    def __str__(self) -> str:
        return f"{self.text}. {self.mend}"


class SettingsError(Exception):
    """The settings cannot be used; ``problems`` holds each thing to mend."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        listing = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"Parley cannot start, {len(self.problems)} setting(s) to mend:\n{listing}")
