"""From the texts of an environment to the values of options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from settings.option import Option
from settings.problems import Problem


def values(options: Iterable[Option], texts: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    """The value of each option by its name. An empty text counts as none."""
    read = {}
    for option in options:
        text = texts.get(option.variable, "").strip()
        try:
            read[option.name] = _value(option, text) if text else option.default
        except ValueError:
            read[option.name] = option.default
            problems.append(
                Problem(
                    f"{option.variable} is {text!r}, which is not a number",
                    f"Write for example {option.default}.",
                )
            )
    return read


def _value(option: Option, text: str) -> Any:
    return option.kind(text.lower() if option.rule.any_case else text)


def listed(text: str) -> tuple[str, ...]:
    """The parts of a comma separated value, without empty ones."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
