"""Is this process alive, and can it serve. Redis decides: without Postgres webhooks are still taken."""

from __future__ import annotations

import falcon
import redis

from api import answers
from models.database import rows


class LiveResource:
    """GET /healthz: the process answers."""

    public = True

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        answers.write(resp, {"status": "ok"})


class ReadyResource:
    """GET /readyz: 200 while webhooks can be stored. ``degraded`` where Postgres is away: a load balancer
    must not take the process out for that, because Meta's deliveries would be refused."""

    public = True

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        redis_state, postgres_state = self._redis(), _postgres()
        status = "down" if redis_state != "ok" else "ok" if postgres_state == "ok" else "degraded"
        answers.write(
            resp,
            {"status": status, "redis": redis_state, "postgres": postgres_state},
            503 if status == "down" else 200,
        )

    def _redis(self) -> str:
        try:
            self._client.ping()
        except redis.RedisError as error:
            return f"cannot be used: {type(error).__name__}"
        return "ok"


def _postgres() -> str:
    try:
        rows("SELECT 1")
    except Exception as error:  # whatever the reason, the answer is that it cannot be used
        return f"cannot be used: {type(error).__name__}"
    return "ok"
