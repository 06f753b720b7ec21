"""Small checks that combine into the shape of a JSON value, and name every wrong place at once.

A check takes a value and yields (path, sentence) for each thing that is wrong; the path is empty for the
value itself, and grows outwards as checks contain each other: ``action.buttons[0].reply.title``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any], Iterator[tuple[str, str]]]

_REFUSED = re.compile("[\x00\ud800-\udfff]")
_DEGREES = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{1,20})?")


def text(longest: int, *, least: int = 1, pattern: str = "", like: str = "") -> Check:
    """Text of at most ``longest`` characters; ``like`` shows one that matches ``pattern``."""
    form = re.compile(pattern) if pattern else None

    def check(value: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(value, str):
            yield "", "is no text."
        elif len(value.strip()) < least:
            yield "", "is empty."
        elif len(value) > longest:
            yield "", f"has {len(value)} characters; WhatsApp takes at most {longest}."
        elif _REFUSED.search(value):
            yield "", "holds a NUL or half a surrogate pair; leave it out."
        elif form is not None and not form.fullmatch(value):
            yield "", f"is {value[:60]!r}; it must look like {like}."

    return check


def choice(*values: str, any_case: bool = False) -> Check:
    """One of these words; ``any_case`` where Meta writes them large and small."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(value, str) or (value.lower() if any_case else value) not in values:
            yield "", f"is {value!r:.60}; write {' or '.join(values)}."

    return check


def number(least: float, most: float) -> Check:
    """A number within these bounds."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield "", "is no number."
        elif not least <= value <= most:
            yield "", f"is {value}; it must be from {least:g} to {most:g}."

    return check


def degrees(most: float) -> Check:
    """A latitude or longitude, as a number or as text: Meta's own examples have both."""
    within = number(-most, most)

    def check(value: Any) -> Iterator[tuple[str, str]]:
        written = isinstance(value, str) and _DEGREES.fullmatch(value) is not None
        yield from within(float(value) if written else value)

    return check


def flag(value: Any) -> Iterator[tuple[str, str]]:
    """true or false."""
    if not isinstance(value, bool):
        yield "", "is neither true nor false."


def anything(value: Any) -> Iterator[tuple[str, str]]:
    """Whatever Meta makes of it."""
    yield from ()


def record(
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *,
    one_of: tuple[str, ...] = (),
) -> Check:
    """An object with these fields and no others; of ``one_of`` exactly one must be there."""
    needed, allowed = required or {}, optional or {}
    known = {**needed, **allowed}

    def check(value: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(value, Mapping):
            yield "", "is no object."
            return
        for name in needed:
            if value.get(name) is None:
                yield name, "is missing."
        for name, inner in value.items():
            if name not in known:
                yield str(name)[:60], f"is not known here; known are {', '.join(sorted(known))}."
            elif inner is not None:
                yield from _inside(str(name), known[name](inner))
        if one_of and sum(value.get(name) is not None for name in one_of) != 1:
            yield "", f"needs exactly one of {', '.join(one_of)}."

    return check


def array(of: Check, *, least: int = 1, most: int) -> Check:
    """A list of ``least`` to ``most`` values."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        if not isinstance(value, list):
            yield "", "is no list."
            return
        if not least <= len(value) <= most:
            yield "", f"has {len(value)} entries; WhatsApp takes {least} to {most}."
        for index, inner in enumerate(value[:most]):
            yield from _inside(f"[{index}]", of(inner))

    return check


def apart(*path: str) -> Check:
    """A list of which no two entries have the same text under ``path``."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        seen: set[str] = set()
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            for key in path:
                entry = entry.get(key) if isinstance(entry, Mapping) else None
            if isinstance(entry, str) and entry in seen:
                yield f"[{index}].{'.'.join(path)}", f"is {entry!r:.60} a second time; each must be another."
            seen |= {entry} if isinstance(entry, str) else set()

    return check


def by(field: str, kinds: Mapping[str, Check], *, any_case: bool = False) -> Check:
    """An object whose ``field`` says which of these checks holds for it; ``any_case`` as in ``choice``."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        kind = value.get(field) if isinstance(value, Mapping) else None
        if any_case and isinstance(kind, str):
            kind = kind.lower()
        if not isinstance(value, Mapping):
            yield "", "is no object."
        elif not isinstance(kind, str) or kind not in kinds:
            yield field, f"is {kind!r:.60}; write one of {', '.join(sorted(kinds))}."
        else:
            yield from kinds[kind](value)

    return check


def every(*checks: Check) -> Check:
    """All of these checks."""

    def check(value: Any) -> Iterator[tuple[str, str]]:
        for one in checks:
            yield from one(value)

    return check


def _inside(name: str, problems: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for path, sentence in problems:
        joint = "" if not path or path.startswith("[") else "."
        yield f"{name}{joint}{path}", sentence
