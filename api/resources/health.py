"""Is this process alive, and can it serve. Redis decides: without Postgres webhooks are still taken."""

from __future__ import annotations

import falcon

from api import answers
from api.resource import Resource
from health import alarms
from health.monitor import Monitor
from health.vitals import OK
from settings import Settings


class HealthResource(Resource):
    """``/healthz`` and ``/readyz``."""

    public = True
    needs_database = False

    def __init__(self, settings: Settings, monitor: Monitor) -> None:
        self._settings = settings
        self._monitor = monitor

    def on_get_live(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The process answers."""
        answers.write(resp, {"status": "ok"})

    def on_get_ready(self, req: falcon.Request, resp: falcon.Response) -> None:
        """200 while webhooks can be stored. ``degraded`` where Postgres is away or an alarm is raised: a load balancer
        must not take the process out for that, because Meta's deliveries would be refused."""
        found = self._monitor.look()
        raised = alarms.raised(self._settings, found)
        well = found.postgres == OK and not raised
        status = "down" if found.redis != OK else "ok" if well else "degraded"
        answers.write(
            resp,
            {
                "status": status,
                "redis": found.redis,
                "postgres": found.postgres,
                "alarms": [each.sentence for each in raised],
            },
            503 if status == "down" else 200,
        )
