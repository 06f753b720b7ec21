"""Commands about what is kept until somebody has looked at it: list it, show one, settle one or all."""

from __future__ import annotations

import abc
import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import redis

from ground.ids import is_id
from models.actors.actors import OPERATOR, Actor
from schema.errors import Refused
from settings import Settings

SHOWN = 200


class Settling(NamedTuple):
    """The verb that settles one of them by its id, and the one that settles all and says how many those were."""

    one: Callable[[Actor, str], Any]
    all: Callable[[Actor], int]


class Ledger(abc.ABC):
    """``parley NAME list | show ID | VERB ID | VERB --all``."""

    name: ClassVar[str]
    help: ClassVar[str]
    thing: ClassVar[str]
    listing: ClassVar[str] = f"the newest {SHOWN}"
    shown: ClassVar[str]
    verb: ClassVar[str]
    verb_help: ClassVar[str]
    done: ClassVar[str]
    """What became of one: "It ..."."""
    all_done: ClassVar[str]
    """What became of all, after their number."""

    def register(self, commands: Any) -> None:
        """Add the command to ``parley``."""
        actions = commands.add_parser(self.name, help=self.help).add_subparsers(
            required=True, metavar="ACTION"
        )
        listing = actions.add_parser("list", help=self.listing)
        self.add_filters(listing)
        listing.set_defaults(run=self._list)
        show = actions.add_parser("show", help=self.shown)
        show.add_argument("id")
        show.set_defaults(run=self._show)
        settle = actions.add_parser(self.verb, help=self.verb_help)
        settle.add_argument("id", nargs="?")
        settle.add_argument("--all", action="store_true")
        settle.set_defaults(run=self._settle)

    def add_filters(self, listing: argparse.ArgumentParser) -> None:  # noqa: B027 - most have none
        """Options of the list."""

    @abc.abstractmethod
    def lines(self, options: argparse.Namespace) -> Sequence[str]:
        """The list, a line each, and how many there are."""

    @abc.abstractmethod
    def get(self, thing_id: str) -> tuple[Any, Any] | None:
        """One, as a named tuple, and its body."""

    @abc.abstractmethod
    def write(self, body: Any) -> None:
        """Its body to stdout."""

    @abc.abstractmethod
    def settling(self, settings: Settings) -> Settling:
        """The verbs."""

    def _list(self, settings: Settings, options: argparse.Namespace) -> int:
        print("\n".join(self.lines(options)))
        return 0

    def _show(self, settings: Settings, options: argparse.Namespace) -> int:
        record = self.get(options.id) if is_id(options.id) else None
        if record is None:
            print(
                f"There is no {self.thing} {options.id[:60]!r}; parley {self.name} list shows them.",
                file=sys.stderr,
            )
            return 1
        kept, body = record
        for name, value in kept._asdict().items():
            print(f"{name}: {value}")
        self.write(body)
        return 0

    def _settle(self, settings: Settings, options: argparse.Namespace) -> int:
        if bool(options.id) == options.all:
            print(f"Name one {self.thing}, or say --all.", file=sys.stderr)
            return 2
        settling = self.settling(settings)
        try:
            if options.all:
                print(f"{settling.all(OPERATOR)} {self.all_done}")
                return 0
            settling.one(OPERATOR, options.id)
        except Refused as refused:
            print(refused.message, file=sys.stderr)
            return 1
        except redis.RedisError as error:
            print(
                f"Redis cannot take it: {error or type(error).__name__}. See: parley doctor", file=sys.stderr
            )
            return 1
        print(self.done)
        return 0
