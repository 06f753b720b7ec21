"""How often somebody may try to log in: counted in Redis for 15 minutes (docs/decisions/0017-login-throttle.md).

A try is counted before its password is checked, so that many at once are no more than many in a row, and taken
back where it succeeds. Keys: ``parley:login:pair:<account>:<address>``, ``parley:login:address:<address>`` and
``parley:login:account:<account>`` count what failed, ``parley:login:tries:<address>`` everything;
``parley:login:known:<account>:<address>`` is where an account was logged in to in the last 30 days. Accounts are
hashed, because they are addresses of persons and may hold any characters.
"""

from __future__ import annotations

import ipaddress

import redis

from api.errors import ApiError
from ground.digest import digest

_WINDOW_S = 900
_KNOWN_S = 30 * 86400
# Times LOGIN_ATTEMPTS: an office has many people behind one address, and a botnet many addresses.
_ADDRESS, _ACCOUNT, _TRIES = 5, 10, 20


class Throttle:
    """Refuses further tries past ``most`` failures. Where Redis is away nobody logs in (503)."""

    def __init__(self, client: redis.Redis, most: int) -> None:
        self._client = client
        self._most = most

    def count(self, account: str, address: str) -> None:
        """Count a try that begins. Raises ApiError too_many_requests where it may not be made."""
        name, place = _name(account), _place(address)
        self._take(f"parley:login:pair:{name}:{place}", self._most)
        self._take(f"parley:login:address:{place}", self._most * _ADDRESS)
        self._take(f"parley:login:tries:{place}", self._most * _TRIES)
        if not self._client.exists(_known(name, place)):
            self._take(f"parley:login:account:{name}", self._most * _ACCOUNT)

    def succeeded(self, account: str, address: str) -> None:
        """The try that was counted was no failure, and the account may be logged in to from there in future."""
        name, place = _name(account), _place(address)
        counted = [f"parley:login:address:{place}"]
        if not self._client.exists(_known(name, place)):
            counted.append(f"parley:login:account:{name}")
        with self._client.pipeline() as pipe:
            pipe.delete(f"parley:login:pair:{name}:{place}")
            for key in counted:
                pipe.decr(key)
                pipe.expire(key, _WINDOW_S, nx=True)  # the window may have ended meanwhile
            pipe.set(_known(name, place), 1, ex=_KNOWN_S)
            pipe.execute()

    def _take(self, key: str, most: int) -> None:
        with self._client.pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, _WINDOW_S, nx=True)
            pipe.ttl(key)
            tries, _, left = pipe.execute()
        if int(tries) > most:
            wait = max(1, int(left))
            raise ApiError(
                "too_many_requests",
                f"Too many logins were tried; try again in {wait} seconds.",
                headers={"Retry-After": str(wait)},
            )


def _known(name: str, place: str) -> str:
    return f"parley:login:known:{name}:{place}"


def _name(account: str) -> str:
    return digest(account.encode("utf-8", "replace"))


def _place(address: str) -> str:
    """What an address counts as: of IPv6 the /64, all of which one customer of a provider has."""
    try:
        place = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    if place.version == 6 and place.ipv4_mapped is None:
        return str(ipaddress.ip_network((place, 64), strict=False))
    return str(place)
