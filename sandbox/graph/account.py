"""The account, its number with its profile, and its webhook subscription."""

from __future__ import annotations

from typing import Any

import falcon

from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.errors import unknown_object
from sandbox.rules.business_profile import BusinessProfile
from sandbox.webhooks.updates import Business
from sandbox.wire import Gate, graph_json

VERIFIED_NAME = "Parley Sandbox"
APP_ID = "1234567890123456"
PAGE = 25


class Account:
    """What the account and its one number look like; ``quality`` may be changed by the control API."""

    def __init__(self, business: Business) -> None:
        self.business = business
        self.profile = BusinessProfile()
        self.limit_tier = "TIER_1K"
        self.reset()

    def reset(self) -> None:
        """Back to how it was at the start."""
        self.quality = "GREEN"
        self.subscribed = True
        self.profile.reset()

    def number(self, fields: str = "") -> dict[str, Any]:
        """GET /{phone-number-id}; with ``fields`` those and the id alone."""
        digits = self.business.display_number
        everything = {
            "id": self.business.phone_number_id,
            "display_phone_number": f"+{digits[:-10]} {digits[-10:-7]}-{digits[-7:-4]}-{digits[-4:]}",
            "verified_name": VERIFIED_NAME,
            "quality_rating": self.quality,
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "messaging_limit_tier": self.limit_tier,
            "name_status": "APPROVED",
            "status": "CONNECTED",
            "account_mode": "SANDBOX",
            "is_official_business_account": False,
        }
        wanted = {name.strip() for name in fields.split(",") if name.strip()}
        if not wanted:
            return dict(list(everything.items())[:7])
        return {name: value for name, value in everything.items() if name in wanted | {"id"}}

    def account(self) -> dict[str, Any]:
        """GET /{account-id}."""
        return {
            "id": self.business.account_id,
            "name": VERIFIED_NAME,
            "currency": "USD",
            "timezone_id": "1",
            "message_template_namespace": "ba30dd89_2ebd_41e4_b805_f2c05ae04cc9",
        }

    def apps(self) -> list[dict[str, Any]]:
        """The apps that get this account's webhooks: one, or none."""
        app = {"id": APP_ID, "name": "Parley", "link": f"https://www.facebook.com/games/?app_id={APP_ID}"}
        return [{"whatsapp_business_api_data": app}] if self.subscribed else []


def page_of(items: list[dict[str, Any]], req: falcon.Request) -> dict[str, Any]:
    """One page of a listing in Graph's form: ``limit`` items past the ``after`` cursor."""
    limit = req.get_param_as_int("limit", min_value=1, max_value=1000) or PAGE
    after = req.get_param("after") or "0"
    start = int(after) if after.isdigit() and len(after) < 10 else 0
    shown = items[start : start + limit]
    page: dict[str, Any] = {"data": shown}
    if shown:
        page["paging"] = {"cursors": {"before": str(start), "after": str(start + len(shown))}}
        if start + len(shown) < len(items):
            page["paging"]["next"] = f"{req.prefix}{req.path}?limit={limit}&after={start + len(shown)}"
    return page


class Edge:
    """What hangs on an account: every such request is let in and counted against faults alike."""

    def __init__(self, gate: Gate, account: Account, faults: FaultBook, play: FaultPlay) -> None:
        self._gate = gate
        self._account = account
        self._faults = faults
        self._play = play

    def _enter(self, req: falcon.Request, version: str, node: str) -> None:
        self._gate.check(req, version)
        if node != self._account.business.account_id:
            raise unknown_object(node)

    def _spoil(self, place: str, req: falcon.Request, resp: falcon.Response) -> None:
        fault = self._faults.take(place)
        if fault is not None:
            self._play.act(fault, req, resp)


class PhoneNumbers(Edge):
    """GET /{version}/{account-id}/phone_numbers."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        resp.media = page_of([self._account.number(req.get_param("fields") or "")], req)
        self._spoil("numbers", req, resp)


class SubscribedApps(Edge):
    """GET, POST and DELETE /{version}/{account-id}/subscribed_apps."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        resp.media = {"data": self._account.apps()}

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        self._account.subscribed = True
        resp.media = {"success": True}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        self._account.subscribed = False
        resp.media = {"success": True}


class ProfileOfNumber:
    """GET and POST /{version}/{phone-number-id}/whatsapp_business_profile."""

    def __init__(self, gate: Gate, account: Account) -> None:
        self._gate = gate
        self._account = account

    def on_get(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        resp.media = {"data": [self._account.profile.shown(req.get_param("fields") or "")]}

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._enter(req, version, node)
        self._account.profile.change(graph_json(req))
        resp.media = {"success": True}

    def _enter(self, req: falcon.Request, version: str, node: str) -> None:
        self._gate.check(req, version)
        if node != self._account.business.phone_number_id:
            raise unknown_object(node)
