"""From the texts of an environment to the values of options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from settings.option import Option
from settings.problems import Problem


def values(options: Iterable[Option], texts: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    """The value of each option by its name. An empty text counts as none."""
    read = {}
    for each in options:
        text = texts.get(each.variable, "").strip()
        try:
            read[each.name] = _value(each, text) if text else each.default
        except ValueError:
            read[each.name] = each.default
            problems.append(
                Problem(
                    f"{each.variable} is {text!r}, which is not a number",
                    f"Write for example {each.default}.",
                )
            )
    return read


def _value(each: Option, text: str) -> Any:
    return each.kind(text.lower() if each.rule.any_case else text)


def listed(text: str) -> tuple[str, ...]:
    """The parts of a comma separated value, without empty ones."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
