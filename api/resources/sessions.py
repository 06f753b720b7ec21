"""Logging in and out, and tickets for sockets."""

from __future__ import annotations

import contextlib
from typing import Any

import falcon
import redis

from api import answers, bodies
from api.errors import ApiError
from api.middleware.access import check_origin, unknown_token
from api.middleware.headers import address_of
from api.security import cookies
from api.security.log import Kind, SecurityLog
from api.security.logins import Logins, SessionOver
from api.security.throttle import Throttle
from models.actors import agents
from models.actors.agents import Who
from models.actors.logins import Session
from realtime.bus import Bus
from realtime.sessions import TICKET_S
from settings import Settings


class LoginResource:
    """POST {email, password, cookie?}: a token for programs; with ``cookie`` true, as the console asks, an HttpOnly
    cookie instead. Never both: no script sees the token of a cookie. (OWASP ASVS 5.0, 3.3.4)
    """

    public = True

    def __init__(
        self, settings: Settings, logins: Logins, throttle: Throttle, security_log: SecurityLog
    ) -> None:
        self._settings = settings
        self._logins = logins
        self._throttle = throttle
        self._security_log = security_log

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        check_origin(req, self._settings, self._security_log)
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        email = fields.text("email", required=True, longest=254)
        password = fields.text("password", required=True, longest=1000)
        for_browser = fields.flag("cookie")
        fields.check()
        assert email is not None
        assert password is not None
        who, token, ends = self._log_in(req, email, password)
        # As after any request with it: its next one is no stranger's (api/security/rate_limits.py).
        req.context.token = token
        self._end_earlier(req)
        if for_browser:
            cookies.give(resp, self._settings, token, ends)
        shown = {} if for_browser else {"token": token}
        answers.write(resp, shown | {"expires_at": ends, "agent": describe(who)})

    def _log_in(self, req: falcon.Request, email: str, password: str) -> Session:
        account, address = email.strip().lower(), address_of(req)
        try:
            self._throttle.count(account, address)
        except ApiError:
            self._security_log.tell(Kind.LOGIN_THROTTLED, req, agent=agents.id_of(account))
            raise
        session = self._logins.begin(email, password)
        if session is None:
            known = agents.id_of(account)
            self._security_log.tell(Kind.LOGIN_FAILED, req, agent=known, reason="wrong_password")
            raise ApiError("wrong_password", "No agent has this address and password; check both.")
        with contextlib.suppress(redis.RedisError):
            self._throttle.succeeded(account, address)
        self._security_log.tell(Kind.LOGIN, req, agent=session.who.id)
        return session

    def _end_earlier(self, req: falcon.Request) -> None:
        """A browser has one session: the one it had before ends."""
        earlier = cookies.token_of(req, self._settings)
        if earlier is not None:
            with contextlib.suppress(redis.RedisError):
                self._logins.end_by_token(earlier)


class LogoutResource:
    """POST ends this session and closes the sockets it opened."""

    def __init__(self, settings: Settings, logins: Logins, security_log: SecurityLog) -> None:
        self._settings = settings
        self._logins = logins
        self._security_log = security_log

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        who: Who = req.context.agent
        if req.context.token is not None:
            self._logins.end(who, req.context.token)
            self._security_log.tell(Kind.LOGOUT, req, agent=who.id)
        cookies.take_back(resp, self._settings)
        # What the page kept of customers goes with it. Not "cookies", which would be those of neighbours too.
        resp.set_header("Clear-Site-Data", '"cache", "storage"')
        resp.status = 204


class MeResource:
    """GET: who am I. Renews the mirror of the session that the gateway reads."""

    def __init__(self, settings: Settings, logins: Logins) -> None:
        self._settings = settings
        self._logins = logins

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.context.token is not None:
            try:
                self._logins.mirror(req.context.token, req.context.agent, req.context.session_ends)
            except SessionOver:
                raise unknown_token() from None
        body: dict[str, Any] = describe(req.context.agent)
        if self._settings.open_house and self._settings.uses_sandbox:
            body["development"] = {"phone_url": self._settings.whatsapp_graph_url}
        answers.write(resp, body)


class AgentsResource:
    """GET: who the agents are. Addresses are for admins."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        asked_by_admin = req.context.agent.role == agents.ADMIN
        listed = [
            describe(who) if asked_by_admin else {"id": who.id, "name": who.name} for who in agents.everyone()
        ]
        answers.write(resp, {"data": listed, "next": None, "prev": None})


class TicketResource:
    """POST: a ticket that opens one socket within a minute, for browsers, which cannot send headers there. A snapshot
    fetched from now on and the events after ``last_event_id`` leave nothing out.
    """

    def __init__(self, logins: Logins, bus: Bus) -> None:
        self._logins = logins
        self._bus = bus

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        who: Who = req.context.agent
        try:
            ticket = self._logins.ticket(who, req.context.token, req.context.session_ends)
        except SessionOver:
            raise unknown_token() from None
        told = {"ticket": ticket, "expires_in": TICKET_S, "user_id": who.id}
        answers.write(resp, told | {"last_event_id": self._bus.last_event_id()}, 201)


def describe(who: Who) -> dict[str, Any]:
    return {"id": who.id, "name": who.name, "email": who.email, "role": who.role}
