"""Logging in and out, and tickets for sockets."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

import falcon
import redis

from api import answers, bodies
from api.access import COOKIE, check_origin, unknown_token
from api.errors import ApiError
from api.headers import address_of
from api.logins import Logins, SessionOver
from api.throttle import Throttle
from models import agent
from models.agent import Who
from realtime.sessions import TICKET_S
from settings import Settings


class LoginResource:
    """POST {email, password}: a token for programs, and the same in an HttpOnly cookie for the console."""

    public = True

    def __init__(self, settings: Settings, logins: Logins, throttle: Throttle) -> None:
        self._settings = settings
        self._logins = logins
        self._throttle = throttle

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        check_origin(req, self._settings)
        fields = bodies.read_object(req, self._settings.request_max_bytes)
        email = fields.text("email", required=True, longest=254)
        password = fields.text("password", required=True, longest=1000)
        fields.check()
        assert email is not None
        assert password is not None
        account, address = email.strip().lower(), address_of(req)
        self._throttle.count(account, address)
        session = self._logins.begin(email, password)
        if session is None:
            raise ApiError("wrong_password", "No agent has this address and password; check both.")
        with contextlib.suppress(redis.RedisError):
            self._throttle.succeeded(account, address)
        who, token, ends = session
        self._set_cookie(resp, token, ends)
        answers.write(resp, {"token": token, "expires_at": ends, "agent": describe(who)})

    def _set_cookie(self, resp: falcon.Response, token: str, ends: datetime) -> None:
        resp.set_cookie(
            COOKIE,
            token,
            expires=ends,
            path="/",
            secure=not self._settings.development,
            http_only=True,
            same_site="Strict",
        )


class LogoutResource:
    """POST ends this session and closes the sockets it opened."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        if req.context.token is not None:
            self._logins.end(req.context.agent, req.context.token)
        resp.unset_cookie(COOKIE, path="/", same_site="Strict")
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
        asked_by_admin = req.context.agent.role == agent.ADMIN
        listed = [
            describe(who) if asked_by_admin else {"id": who.id, "name": who.name} for who in agent.everyone()
        ]
        answers.write(resp, {"data": listed, "next": None, "prev": None})


class TicketResource:
    """POST: a ticket that opens one socket within a minute, for browsers, which cannot send headers there."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        who: Who = req.context.agent
        try:
            ticket = self._logins.ticket(who, req.context.token, req.context.session_ends)
        except SessionOver:
            raise unknown_token() from None
        answers.write(resp, {"ticket": ticket, "expires_in": TICKET_S, "user_id": who.id}, 201)


def describe(who: Who) -> dict[str, Any]:
    return {"id": who.id, "name": who.name, "email": who.email, "role": who.role}
