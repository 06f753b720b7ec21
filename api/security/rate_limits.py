"""How much one caller may ask of the house: requests by session, and by address where nobody has logged in; messages
and uploaded bytes by agent.

Each web process counts for itself, in memory: that costs next to nothing, and holds while Redis is away. With
WEB_WORKERS processes a caller may have that many times as much. Meta's webhook is not limited. (OWASP API4:2023)
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from typing import Any, NamedTuple

import falcon

from api.errors import ApiError
from api.middleware.access import bearer
from api.middleware.headers import address_of
from api.resource import Resource
from api.security import cookies
from api.security.log import Kind, SecurityLog
from ground.digest import digest
from ground.this_machine import called_from_here
from settings import Settings

# What may be asked at once, after a pause: so many seconds' worth.
BURST_S = 20.0
_MINUTE_S, _HOUR_S = 60.0, 3600.0
# Callers remembered; who has asked nothing for the longest is forgotten first, and may begin anew.
MOST_CALLERS = 10_000


class _Level(NamedTuple):
    left: float
    at: float


class Taken(NamedTuple):
    """What came of asking for a part of one's allowance: what is left, and how long to wait where it was refused."""

    left: float
    wait_s: float


class Allowance:
    """``most`` at once for each caller, which grows back in ``period_s``. 0 is no limit. Safe from several threads.

    Its length is how many callers it remembers, ``most_callers`` at most.
    """

    def __init__(self, name: str, most: float, period_s: float, most_callers: int = MOST_CALLERS) -> None:
        self.name = name
        self.most = most
        self.period_s = period_s
        self._most_callers = most_callers
        self._levels: OrderedDict[str, _Level] = OrderedDict()
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, caller: str, amount: float = 1.0) -> Taken:
        """Take ``amount``. More than ``most`` is granted to whoever has all of it, so that nothing is impossible."""
        if not self.most:
            return Taken(math.inf, 0.0)
        now, wanted = time.monotonic(), min(amount, self.most)
        with self._changing:
            level = self._levels.pop(caller, _Level(self.most, now))
            left = min(self.most, level.left + (now - level.at) * self.most / self.period_s)
            granted = left >= wanted
            left -= wanted if granted else 0
            self._levels[caller] = _Level(left, now)
            if len(self._levels) > self._most_callers:
                self._levels.popitem(last=False)
        return Taken(left, 0.0 if granted else (wanted - left) * self.period_s / self.most)


class RateLimits:
    """Falcon middleware: so many requests by session, and by address where no session is shown that was good before."""

    def __init__(self, settings: Settings, security_log: SecurityLog) -> None:
        self._settings = settings
        self._security_log = security_log
        self._sessions = Allowance("session", settings.limits.request_rate * BURST_S, BURST_S)
        self._strangers = Allowance("address", settings.limits.stranger_rate * BURST_S, BURST_S)
        self._known = _Remembered(MOST_CALLERS)

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: Resource | None, params: Any
    ) -> None:
        if resource is None or resource.takes_deliveries:
            return
        token = bearer(req) or cookies.token_of(req, self._settings)
        session = digest(token) if token else ""
        if session in self._known:
            take(self._sessions, session, resp, self._security_log, req)
        elif not (self._settings.open_house and called_from_here(req.remote_addr, req.get_header)):
            take(self._strangers, address_of(req), resp, self._security_log, req)

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        token = getattr(req.context, "token", None)
        if token:
            self._known.add(digest(token))


class Quotas:
    """What an agent may have sent in a minute, and upload in an hour."""

    def __init__(self, settings: Settings, security_log: SecurityLog) -> None:
        self._security_log = security_log
        self._sends = Allowance("messages", settings.limits.send_quota, _MINUTE_S)
        self._uploads = Allowance("uploaded_bytes", settings.limits.upload_quota_bytes, _HOUR_S)

    def send(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Count a message. Raises ApiError too_many_requests."""
        take(self._sends, req.context.agent.id, resp, self._security_log, req)

    def upload(self, req: falcon.Request, resp: falcon.Response, size: int) -> None:
        """Count so many bytes. Raises ApiError too_many_requests."""
        take(self._uploads, req.context.agent.id, resp, self._security_log, req, size)


def take(
    allowance: Allowance,
    caller: str,
    resp: falcon.Response,
    security_log: SecurityLog,
    req: falcon.Request,
    amount: float = 1.0,
) -> None:
    """Take a part of an allowance and say in headers what is left. Raises ApiError too_many_requests.

    Source of the headers: draft-ietf-httpapi-ratelimit-headers-10.
    """
    taken = allowance.take(caller, amount)
    if not allowance.most:
        return
    wait = math.ceil(taken.wait_s)
    resp.set_header(
        "RateLimit-Policy", f'"{allowance.name}";q={allowance.most:.0f};w={allowance.period_s:.0f}'
    )
    resp.set_header("RateLimit", f'"{allowance.name}";r={taken.left:.0f};t={wait}')
    if wait:
        security_log.tell(Kind.RATE_LIMITED, req, limit=allowance.name, path=req.uri_template or "")
        raise ApiError(
            "too_many_requests",
            f"More than {allowance.most:.0f} ({allowance.name}) in {allowance.period_s:.0f} seconds; nothing was done. "
            f"Try again in {wait} seconds.",
            headers={"Retry-After": str(wait)},
        )


class _Remembered:
    """The last so many texts. Safe from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._texts: OrderedDict[str, None] = OrderedDict()
        self._changing = threading.Lock()

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        with self._changing:
            self._texts[text] = None
            if len(self._texts) > self._most:
                self._texts.popitem(last=False)
