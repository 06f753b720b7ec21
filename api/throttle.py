"""How often somebody may fail to log in: counted in Redis per account and per address, for 15 minutes."""

from __future__ import annotations

import hashlib

import redis

from api.errors import ApiError

_WINDOW_S = 900


class Throttle:
    """Refuses further tries past ``most`` failures. Where Redis is away nobody logs in (503)."""

    def __init__(self, client: redis.Redis, most: int) -> None:
        self._client = client
        self._most = most

    def check(self, account: str, address: str) -> None:
        """Raises ApiError too_many_requests."""
        for key in self._keys(account, address):
            if int(self._client.get(key) or 0) >= self._most:
                wait = max(1, int(self._client.ttl(key)))
                raise ApiError(
                    "too_many_requests",
                    f"Too many failed logins; try again in {wait} seconds.",
                    headers={"Retry-After": str(wait)},
                )

    def failed(self, account: str, address: str) -> None:
        for key in self._keys(account, address):
            with self._client.pipeline() as pipe:
                pipe.incr(key)
                pipe.expire(key, _WINDOW_S, nx=True)
                pipe.execute()

    def _keys(self, account: str, address: str) -> tuple[str, str]:
        # Hashed, because an account is an address of a person and may hold any characters.
        name = hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()
        return f"parley:login:account:{name}", f"parley:login:address:{address}"
