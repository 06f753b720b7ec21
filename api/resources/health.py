"""Is this process alive, and can it serve. Redis decides: without Postgres webhooks are still taken."""

from __future__ import annotations

import falcon

from api import answers
from health import alarms
from health.monitor import Monitor
from health.vitals import OK
from settings import Settings


class LiveResource:
    """GET /healthz: the process answers."""

    public = True
    needs_database = False

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        answers.write(resp, {"status": "ok"})


class ReadyResource:
    """GET /readyz: 200 while webhooks can be stored. ``degraded`` where Postgres is away or an alarm is raised: a
    load balancer must not take the process out for that, because Meta's deliveries would be refused."""

    public = True
    needs_database = False

    def __init__(self, settings: Settings, monitor: Monitor) -> None:
        self._settings = settings
        self._monitor = monitor

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
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
