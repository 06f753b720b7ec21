"""The one route table."""

from __future__ import annotations

import json
from typing import NoReturn

import falcon
from gunicorn.http.errors import NoMoreData, ParseException

from sandbox import control
from sandbox.cloud import Cloud
from sandbox.graph import account, media, templates
from sandbox.graph.errors import GraphError, invalid_parameter
from sandbox.graph.messages import Messages
from sandbox.graph.nodes import Node
from sandbox.graph.wire import Versioned, enveloped, raise_answer
from sandbox.own_pages import OwnPages
from sandbox.phone import page
from sandbox.wire import Gate


def create_app(cloud: Cloud) -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application over one cloud."""
    app = falcon.App()
    # The version first: what is below it is the Cloud API's.
    app.add_middleware(Versioned())
    app.add_middleware(OwnPages(cloud.options.host))
    # Python's own JSON writes lone surrogates as escapes, where Falcon's choice could not send them at all.
    handler = falcon.media.JSONHandler(dumps=json.dumps)
    app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler
    app.add_error_handler(falcon.HTTPError, enveloped)
    app.add_error_handler(GraphError, _answer_graph_error)
    app.add_error_handler(ConnectionResetError, _leave_to_server)
    app.add_error_handler(ParseException, _answer_unreadable)
    app.add_error_handler(NoMoreData, _answer_unreadable)
    _add_graph(app, cloud)
    _add_control(app, cloud)
    _add_phone(app, cloud)
    return app


def _add_graph(app: falcon.App[falcon.Request, falcon.Response], cloud: Cloud) -> None:
    gate, faults, play = Gate(cloud.options.token), cloud.faults, cloud.fault_play
    node = "/{version}/{node}"
    app.add_route(f"{node}/messages", Messages(gate, cloud.business, cloud.desk, faults, play))
    app.add_route(f"{node}/media", media.Uploads(gate, cloud.business, cloud.media, faults, play))
    app.add_route(f"{node}/phone_numbers", account.PhoneNumbers(gate, cloud.account, faults, play))
    app.add_route(f"{node}/subscribed_apps", account.SubscribedApps(gate, cloud.account, faults, play))
    shelf = templates.Templates(gate, cloud.account, cloud.templates, faults, play)
    app.add_route(f"{node}/message_templates", shelf)
    app.add_route(f"{node}/whatsapp_business_profile", account.ProfileOfNumber(gate, cloud.account))
    app.add_route(node, Node(gate, cloud.account, cloud.media, cloud.templates, faults, play))
    app.add_sink(_unknown_path, r"/v\d+\.\d+/")
    app.add_route(media.DOWNLOAD_PATH, media.MediaDownload(gate, cloud.media, faults, play))


def _add_control(app: falcon.App[falcon.Request, falcon.Response], cloud: Cloud) -> None:
    app.add_route("/sandbox/healthz", control.Health(cloud))
    app.add_route("/sandbox/faults", control.Faults(cloud))
    app.add_route("/sandbox/faults/{fault_id}", control.OneFault(cloud))
    app.add_route("/sandbox/inbound", control.Inbounds(cloud))
    app.add_route("/sandbox/messages", control.AcceptedMessages(cloud))
    app.add_route("/sandbox/deliveries", control.Deliveries(cloud))
    delivery = control.OneDelivery(cloud)
    app.add_route("/sandbox/deliveries/{delivery_id}", delivery)
    app.add_route("/sandbox/deliveries/{delivery_id}/replay", delivery, suffix="replay")
    app.add_route("/sandbox/statuses", control.Statuses(cloud))
    app.add_route("/sandbox/templates", control.TemplateControl(cloud))
    app.add_route("/sandbox/verify", control.Verification(cloud))
    app.add_route("/sandbox/reset", control.Reset(cloud))
    app.add_route("/sandbox/settings", control.Settings(cloud))


def _add_phone(app: falcon.App[falcon.Request, falcon.Response], cloud: Cloud) -> None:
    app.add_route("/", page.Page())
    app.add_route("/static/{name}", page.StaticFile())
    app.add_route("/sandbox/phone", page.Snapshot(cloud.phone, cloud.feed))
    app.add_route("/sandbox/phone/events", page.Events(cloud.feed))
    app.add_route("/sandbox/customers", page.Customers(cloud.phone))
    app.add_route("/sandbox/media", page.PhoneMedia(cloud.media))
    app.add_route("/sandbox/media/{media_id}", page.PhoneFile(cloud.media))


def _unknown_path(req: falcon.Request, resp: falcon.Response, **_: object) -> NoReturn:
    raise GraphError(2500, message=f"Unknown path components: {req.path}")


def _answer_graph_error(
    _: falcon.Request, __: falcon.Response, error: GraphError, ___: dict[str, object]
) -> NoReturn:
    raise_answer(error)


def _answer_unreadable(
    req: falcon.Request, resp: falcon.Response, _: Exception, params: dict[str, object]
) -> None:
    """A body whose chunks are not well formed, or that was cut."""
    _answer_graph_error(req, resp, invalid_parameter("The request body cannot be read."), params)


def _leave_to_server(
    _: falcon.Request, __: falcon.Response, error: ConnectionResetError, ___: dict[str, object]
) -> NoReturn:
    """A connection cut on purpose: the server only has to tidy up."""
    raise error
