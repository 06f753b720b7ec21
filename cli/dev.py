"""``bin/dev``: the whole house on this machine until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from engines.erasing import erase
from engines.errors import EngineError
from engines.formation import PROCESSES, ROOT, Formation
from settings import SettingsError, env_file, options

NAME_WIDTH = 7


class Stopped(Exception):
    """Ctrl-C, SIGTERM, or the terminal was closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped. Returns the exit code: 0 after a stop that was asked for, else 1."""
    options = _parser().parse_args(arguments)
    screen = Screen(options.quiet)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stopped)
    try:
        if options.reset:
            deleted = erase(options.data)
            screen.say(f"Deleted {', '.join(deleted)}" if deleted else "Nothing to delete")
        return _run(options, screen)
    except Stopped:
        return 0
    except (EngineError, SettingsError) as error:
        print(f"bin/dev: {error}", file=sys.stderr)
        return 1


class Screen:
    """What the terminal shows: steps with their timings, then the processes' lines, coloured by process."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._printer = Printer(sys.stdout, width=NAME_WIDTH)
        self._colours = get_colours()
        self._colour_of: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()

    def say(self, text: str) -> None:
        with self._one_at_a_time:
            print(text, flush=True)

    def step(self, name: str, seconds: float) -> None:
        if not self._quiet:
            self.say(f"  {name:<10} {seconds:6.2f} s")

    def line(self, name: str, text: str) -> None:
        with self._one_at_a_time:
            colour = self._colour_of.setdefault(name, next(self._colours))
            self._printer.write(Message("line", text, datetime.now(), name, colour))


def environment() -> dict[str, str]:
    """This process' environment on top of ``.env``: what Settings would read, for the processes started here.

    Raises SettingsError where the file is not what it should be.
    """
    in_file, problems = env_file.read(ROOT / ".env", [option.variable for option in options()])
    if problems:
        raise SettingsError(problems)
    return in_file | dict(os.environ)


def _run(options: argparse.Namespace, screen: Screen) -> int:
    env = environment()
    processes = list(PROCESSES)
    if options.flower:
        processes.append("flower")
        env.setdefault("FLOWER_BASIC_AUTH", f"dev:{secrets.token_urlsafe(12)}")
    formation = Formation(
        options.data,
        env,
        processes=processes,
        port=options.port,
        phone_port=options.phone_port,
        on_line=None if options.quiet else screen.line,
        on_step=screen.step,
    )
    began = time.monotonic()
    formation.start()
    try:
        screen.say(_welcome(formation, options.flower, time.monotonic() - began))
        return _watch(formation)
    finally:
        _ignore_signals()
        screen.say("Stopping")
        formation.stop()


def _watch(formation: Formation) -> int:
    """Sleep until a process ends by itself; say which."""
    while True:
        time.sleep(0.5)
        for name, code in formation.lost().items():
            why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            print(f"bin/dev: {name} ended by itself ({why}); stopping the others.", file=sys.stderr)
            return 1


def _welcome(formation: Formation, flower: bool, seconds: float) -> str:
    urls = formation.urls
    rows = [
        ("Console", urls.site),
        ("Phone", urls.phone or "your own: WHATSAPP_ACCESS_TOKEN is set, so this talks to Meta"),
        ("API", urls.api),
        ("Webhook", urls.webhook),
    ]
    if flower:
        rows.append(("Flower", f"http://localhost:{formation.env['FLOWER_PORT']}"))
        rows.append(("", f"log in as {formation.env['FLOWER_BASIC_AUTH']}"))
    rows += [("Logs", str(formation.logs)), ("Stop", "Ctrl-C; the data stays, --reset erases it")]
    lines = [f"Parley is ready after {seconds:.1f} s", "", *(f"{name:<9}{text}" for name, text in rows)]
    width = max(len(line) for line in lines)
    edge = f"+{'-' * (width + 4)}+"
    return "\n".join(["", edge, *(f"|  {line:<{width}}  |" for line in lines), edge, ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/dev",
        description="Run Parley on this machine: Postgres, Valkey, Caddy, every process, and a stand-in for Meta.",
        epilog="DATABASE_URL, REDIS_URL and WHATSAPP_ACCESS_TOKEN (environment or .env) use your own instead.",
    )
    parser.add_argument("--port", type=int, default=8000, help="of the console and the API (default: 8000)")
    parser.add_argument("--phone-port", type=int, default=8090, help="of the phone (default: 8090)")
    parser.add_argument("--flower", action="store_true", help="show Celery's dashboard too")
    parser.add_argument("--reset", action="store_true", help="erase the data first, without asking")
    parser.add_argument("--quiet", action="store_true", help="no steps and no output of the processes")
    parser.add_argument(
        "--data", type=Path, default=ROOT / ".data", help="where data and logs are (default: .data)"
    )
    return parser


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    # Once: a second Ctrl-C must not interrupt the stopping, which ends by itself.
    _ignore_signals()
    raise Stopped


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
