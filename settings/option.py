"""What an option is, and how a group declares one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, get_type_hints

HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Rule:
    """How an option is told and checked, beside its type and its default."""

    variable: str
    help: str
    secret: bool = False
    zero: bool = False
    port: bool = False
    choices: tuple[str, ...] = ()
    any_case: bool = False


@dataclass(frozen=True)
class Option:
    """One option. ``group`` is "" for those that are in none."""

    group: str
    name: str
    kind: type
    default: Any
    rule: Rule

    @property
    def variable(self) -> str:
        return self.rule.variable

    @property
    def help(self) -> str:
        return self.rule.help

    @property
    def secret(self) -> bool:
        return self.rule.secret


def option(
    variable: str,
    default: Any,
    help: str,
    *,
    secret: bool = False,
    zero: bool = False,
    port: bool = False,
    choices: tuple[str, ...] = (),
    any_case: bool = False,
) -> Any:
    """A field of a group: its variable, its default, one line of help for the docs.

    A ``secret`` is never shown. Numbers must be above 0, except where ``zero`` has a meaning; a ``port`` is from 1 to
    65535. ``choices`` are all that may be written, in ``any_case`` or as they stand here.
    """
    rule = Rule(variable, help, secret, zero, port, choices, any_case)
    return field(default=default, repr=not secret, metadata={"rule": rule})


def options_of(group: type, name: str = "") -> Iterator[Option]:
    """The options that a dataclass declares, in their order."""
    hints = get_type_hints(group)
    for declared in fields(group):
        rule = rule_of(declared)
        if rule:
            yield Option(name, declared.name, hints[declared.name], declared.default, rule)


def rule_of(declared: Field[Any]) -> Rule | None:
    return declared.metadata.get("rule")
