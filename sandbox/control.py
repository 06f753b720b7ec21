"""The control API under /sandbox/: faults, settings, inbound updates, and what happened so far."""

from __future__ import annotations

from typing import Any

import falcon

from sandbox.cloud import Cloud
from sandbox.faults import BadFault, Fault
from sandbox.graph.account import VERIFIED_NAME
from sandbox.graph.errors import GraphError
from sandbox.webhooks.verification import verify_webhook
from sandbox.wire import control_json

MAX_REPLAYS = 10_000


class Control:
    """Every control resource has the cloud at hand."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud


class Health(Control):
    """GET /sandbox/healthz: up, and a few counts."""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        cloud = self._cloud
        resp.media = {
            "ok": True,
            "accepted": cloud.outbox.total(),
            "statuses_planned": cloud.schedule.pending(),
            "deliveries": cloud.courier.counts(),
            "webhook_url": cloud.courier.url,
            "business_name": VERIFIED_NAME,
            "phone_number_id": cloud.business.phone_number_id,
            "display_number": cloud.business.display_number,
        }


class Faults(Control):
    """GET, POST and DELETE /sandbox/faults."""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"faults": self._cloud.faults.listing()}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        order = control_json(req)
        try:
            faults = [Fault.from_order(one) for one in order.get("faults", [order])]
        except BadFault as error:
            raise falcon.HTTPBadRequest(title="Not a fault", description=str(error)) from None
        for fault in faults:
            self._cloud.faults.add(fault)
        resp.status = 201
        resp.media = {"faults": [fault.as_json() for fault in faults]}

    def on_delete(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"cancelled": self._cloud.faults.cancel()}


class OneFault(Control):
    """DELETE /sandbox/faults/{id}."""

    def on_delete(self, _: falcon.Request, resp: falcon.Response, fault_id: str) -> None:
        resp.media = {"cancelled": self._cloud.faults.cancel(fault_id)}


class Inbounds(Control):
    """POST /sandbox/inbound: any update, sent to the webhook."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            resp.media = self._cloud.inbound.send(control_json(req))
        except GraphError as error:
            raise falcon.HTTPBadRequest(title="Not sent", description=error.message) from None
        except (ValueError, TypeError, AttributeError) as error:
            raise falcon.HTTPBadRequest(title="Not sent", description=str(error)) from None
        resp.status = 202


class AcceptedMessages(Control):
    """GET /sandbox/messages: what Parley got accepted; ?to=, ?callback_data=, ?limit=."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        messages = self._cloud.outbox.listing(
            (req.get_param("to") or "").lstrip("+ "),
            req.get_param("callback_data") or "",
            req.get_param_as_int("limit", min_value=1) or 1000,
        )
        resp.media = {
            "total": self._cloud.outbox.total(),
            "messages": [message.as_json() for message in messages],
        }


class Deliveries(Control):
    """GET /sandbox/deliveries: webhooks, newest first; ?state=, ?limit=, ?body=true."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        courier = self._cloud.courier
        resp.media = {
            "counts": courier.counts(),
            "deliveries": courier.listing(
                req.get_param("state") or "",
                req.get_param_as_int("limit", min_value=1) or 200,
                req.get_param_as_bool("body") or False,
            ),
        }

    def on_post(self, _: falcon.Request, resp: falcon.Response) -> None:
        """Try all that waits at once, without sitting out the backoff."""
        resp.media = {"hurried": self._cloud.courier.retry_now()}


class OneDelivery(Control):
    """GET /sandbox/deliveries/{id}, and POST .../replay ``{"times"}``: the same bytes again."""

    def on_get(self, _: falcon.Request, resp: falcon.Response, delivery_id: str) -> None:
        delivery = self._cloud.courier.get(delivery_id)
        if delivery is None:
            raise falcon.HTTPNotFound(title="No such delivery is remembered.")
        resp.media = delivery.as_json(with_body=True)

    def on_post_replay(self, req: falcon.Request, resp: falcon.Response, delivery_id: str) -> None:
        delivery = self._cloud.courier.get(delivery_id)
        times = control_json(req).get("times", 1)
        if delivery is None:
            raise falcon.HTTPNotFound(title="No such delivery is remembered.")
        if not isinstance(times, int) or not 1 <= times <= MAX_REPLAYS:
            raise falcon.HTTPBadRequest(title=f"times must lie between 1 and {MAX_REPLAYS}.")
        resp.status = 202
        resp.media = {"deliveries": [made.id for made in self._cloud.courier.replay(delivery, times)]}


class Statuses(Control):
    """POST /sandbox/statuses ``{"wamid", "status", "code"?, "details"?, "times"?, "participant"?, "payment"?}``: send
    one now, of one participant of a group where one is named, of the bill alone where there is a payment."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        order = control_json(req)
        message = self._cloud.outbox.get(str(order.get("wamid", "")))
        if message is None:
            raise falcon.HTTPNotFound(title="No such message was accepted.")
        times, code = order.get("times", 1), order.get("code", 0)
        if not isinstance(times, int) or not isinstance(code, int) or not 1 <= times <= MAX_REPLAYS:
            raise falcon.HTTPBadRequest(title="times and code must be whole numbers.")
        status, details = str(order.get("status", "delivered")), str(order.get("details", ""))
        about: dict[str, Any] = {"participant": str(order["participant"])} if order.get("participant") else {}
        if isinstance(order.get("payment"), dict):
            about["payment"] = order["payment"]
        for _ in range(times):
            self._cloud.statuses.send(message.target, status, code, details, **about)
        resp.status = 202
        resp.media = {"ok": True}


class TemplateControl(Control):
    """POST /sandbox/templates: add a template, or replace the one with its name and language.

    With ``"notify": true`` the webhook hears of its status, as it does when Meta has reviewed one.
    """

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body = control_json(req)
        if not body.get("name") or not body.get("language"):
            raise falcon.HTTPBadRequest(title="A template needs a name and a language.")
        notify = body.pop("notify", False)
        resp.status = 201
        resp.media = made = self._cloud.templates.put(body)
        if notify:
            value = {
                "event": made["status"],
                "message_template_id": int(made["id"]),
                "message_template_name": made["name"],
                "message_template_language": made["language"],
                "reason": body.get("reason", "NONE"),
            }
            self._cloud.inbound.send({"value": value, "field": "message_template_status_update"})


class Verification(Control):
    """POST /sandbox/verify: ask the webhook for its challenge, as Meta does when it is set up."""

    def on_post(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.media = verify_webhook(self._cloud.courier.url, self._cloud.options.verify_token)


class Reset(Control):
    """POST /sandbox/reset: back to a fresh start."""

    def on_post(self, _: falcon.Request, resp: falcon.Response) -> None:
        self._cloud.reset()
        resp.media = {"ok": True}


class Settings(Control):
    """GET and PATCH /sandbox/settings."""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._shown()

    def on_patch(self, req: falcon.Request, resp: falcon.Response) -> None:
        wish = control_json(req)
        unknown = set(wish) - set(self._shown())
        if unknown:
            raise falcon.HTTPBadRequest(title=f"Unknown settings {sorted(unknown)}.")
        try:
            self._change(wish)
        except (ValueError, TypeError, AttributeError) as error:
            raise falcon.HTTPBadRequest(title="Not a setting", description=str(error)) from None
        resp.media = self._shown()

    def _change(self, wish: dict[str, Any]) -> None:
        cloud = self._cloud
        cloud.statuses.plan = cloud.statuses.plan.changed(wish.get("statuses", {}))
        throttle, webhook = wish.get("throttle", {}), wish.get("webhook", {})
        pacing, courier = cloud.desk.pacing, cloud.courier
        pacing.per_second = int(throttle.get("per_second", pacing.per_second))
        pacing.pair = bool(throttle.get("pair", pacing.pair))
        courier.url = str(webhook.get("url", courier.url))
        courier.app_secret = str(webhook.get("app_secret", courier.app_secret))
        courier.paused = bool(webhook.get("paused", courier.paused))
        cloud.desk.service_window = bool(wish.get("service_window", cloud.desk.service_window))
        cloud.account.quality = str(wish.get("quality", cloud.account.quality))

    def _shown(self) -> dict[str, Any]:
        """The settings; of the app secret only whether it is the one from the start."""
        cloud = self._cloud
        return {
            "statuses": vars(cloud.statuses.plan),
            "throttle": {"per_second": cloud.desk.pacing.per_second, "pair": cloud.desk.pacing.pair},
            "webhook": {
                "url": cloud.courier.url,
                "paused": cloud.courier.paused,
                "app_secret_changed": cloud.courier.app_secret != cloud.options.app_secret,
            },
            "service_window": cloud.desk.service_window,
            "quality": cloud.account.quality,
        }
