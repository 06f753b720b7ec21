"""``parley secret``: a key for SECRET_KEY."""

from __future__ import annotations

import argparse
from typing import Any

from models.numbers.keyring import new_key


def register(commands: Any) -> None:
    """Add the command to ``parley``."""
    parser = commands.add_parser("secret", help="print a new key for SECRET_KEY")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print it, and nothing else, so that it can be piped."""
    print(new_key())
    return 0
