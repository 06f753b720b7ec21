"""People who work in a house: an account made by the operator's command, and a login over REST."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from engines.formation import ROOT
from faults.house import House

PASSWORD = "correct horse battery"


class Person(NamedTuple):
    """Somebody with an account, logged in by REST."""

    id: str
    email: str
    password: str
    token: str


def employ(house: House, email: str, role: str, *, code: Path = ROOT) -> Person:
    """``parley agent create``, of the code in that directory, then a login. ``role`` is agent or admin."""
    _parley_agent(house, "create", email, "--role", role, code=code)
    session: Any = house.request("POST", "/auth/login", json={"email": email, "password": PASSWORD}).json()
    return Person(session["agent"]["id"], email, PASSWORD, session["token"])


def dismiss(house: House, person: Person) -> None:
    """``parley agent disable``."""
    _parley_agent(house, "disable", person.email)


def _parley_agent(house: House, *arguments: str, code: Path = ROOT) -> None:
    subprocess.run(
        [sys.executable, "-m", "cli.main", "agent", *arguments],
        input=f"{PASSWORD}\n",
        env=house.formation.env,
        cwd=code,
        text=True,
        check=True,
        capture_output=True,
    )
