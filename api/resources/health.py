"""Is this process alive, and can it serve. Redis decides: without Postgres webhooks are still taken."""

from __future__ import annotations

import falcon

from api.operations import operation
from api.resource import Resource
from health import alarms
from health.monitor import Monitor
from health.vitals import OK
from schema.views import AliveView, ReadinessView
from settings import Settings


class HealthResource(Resource):
    """``/healthz`` and ``/readyz``."""

    public = True
    needs_database = False

    def __init__(self, settings: Settings, monitor: Monitor) -> None:
        self._settings = settings
        self._monitor = monitor

    @operation("get_health", answer=AliveView)
    def on_get_live(self, req: falcon.Request, resp: falcon.Response) -> AliveView:
        """The process answers."""
        return AliveView()

    @operation("get_readiness", answer=ReadinessView, status=(200, 503))
    def on_get_ready(self, req: falcon.Request, resp: falcon.Response) -> ReadinessView:
        """200 while webhooks can be stored. ``degraded`` where Postgres is away or an alarm is raised: a load balancer
        must not take the process out for that, because Meta's deliveries would be refused."""
        vitals = self._monitor.look()
        raised = alarms.raised(self._settings, vitals)
        well = vitals.postgres == OK and not raised
        resp.status = 200 if vitals.redis == OK else 503
        return ReadinessView(
            status="down" if vitals.redis != OK else "ok" if well else "degraded",
            redis=vitals.redis,
            postgres=vitals.postgres,
            alarms=tuple(alarm.sentence for alarm in raised),
        )
