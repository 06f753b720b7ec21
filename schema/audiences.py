"""Who may see an event: everybody, or whoever has one of some words.

An audience is ``all``, or words with commas between: ``agent:<id>``, ``team:<id>``, ``number:<phone_number_id>``. A
reader has words too; one that both have is enough, and a word nobody knows lets nobody in.
"""

from __future__ import annotations

from collections.abc import Container

ALL = "all"


def agent(agent_id: str) -> str:
    """The word of one agent."""
    return f"agent:{agent_id}"


def sees(audience: str, words: Container[str]) -> bool:
    """Whether a reader with these words may see what has this audience."""
    return audience == ALL or any(word in words for word in audience.split(","))
