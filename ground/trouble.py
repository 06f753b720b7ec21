"""What is wrong with something the house leans on, and what mends it."""

from __future__ import annotations

from typing import NamedTuple


class Trouble(NamedTuple):
    """What is wrong, continuing a sentence ("it ..."), and the sentence that mends it."""

    text: str
    mend: str
