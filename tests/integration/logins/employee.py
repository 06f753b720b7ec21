"""Somebody with an account, who logs in and shows what a login opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from faults.house import House

Operate = Callable[..., None]


@dataclass
class Employee:
    """An account of a house; ``password`` is what it types."""

    house: House
    email: str
    password: str
    id: str = ""

    def log_in(self, **headers: str) -> requests.Response:
        body = {"email": self.email, "password": self.password}
        answer = self.house.request("POST", "/auth/login", token="", json=body, headers=headers)
        if answer.ok:
            self.id = answer.json()["agent"]["id"]
        return answer

    def may_ask(self, token: str) -> bool:
        """Whether REST takes a token."""
        return self.house.request("GET", "/auth/me", token=token).status_code == 200

    def may_listen(self, token: str, query: str = "") -> bool:
        """Whether a token (or a ticket in ``query``) opens a socket."""
        try:
            with self.house.socket(self.id, token, query):
                return True
        except ConnectionClosed:
            return False


def forget_logins(house: House) -> None:
    """Begin to count logins anew."""
    if keys := house.redis.keys("parley:login:*"):
        house.redis.delete(*keys)
