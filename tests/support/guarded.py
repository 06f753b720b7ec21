"""A house in production mode, and who works there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from faults.house import PRODUCTION, PUBLIC
from faults.people.agents import Person

if TYPE_CHECKING:
    from faults.house import House


class Guarded(NamedTuple):
    """A house in production mode, what it must keep secret, and who works there. Requests are the agent's."""

    house: House
    admin: Person
    agent: Person
    secret: str = PRODUCTION["WHATSAPP_APP_SECRET"]
    verify_token: str = PRODUCTION["WHATSAPP_VERIFY_TOKEN"]
    origin: str = PUBLIC
