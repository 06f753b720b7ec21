"""The WSGI app: what every request passes, and the routes behind it."""

from __future__ import annotations

from typing import Any

import falcon
from falcon.media import Handlers

from api import errors
from api.bodies import HouseRequest, StrictJson
from api.house import House
from api.middleware.access import Access
from api.middleware.bulkhead import Bulkhead, places
from api.middleware.counting import Counting
from api.middleware.cross_origin import CrossOrigin
from api.middleware.database import DatabaseRelease
from api.middleware.head import Head, answering_head
from api.middleware.headers import Headers
from api.middleware.unread import Unread
from api.resources.console import ConsoleFiles, serve_files
from api.routes import routes
from api.security.rate_limits import RateLimits


def create_app(house: House) -> falcon.App[Any, Any]:
    """The WSGI app. The database must be bound (models.database.bind)."""
    bulkhead = Bulkhead(places(house.settings.web.threads))
    # What comes first here comes last after the resource: the count sees the answer as it goes out.
    middleware: list[Any] = [
        CrossOrigin(house.settings),
        Counting(house.tally),
        Head(),
        Unread(),
        Headers(),
        ConsoleFiles(house.edition),
        RateLimits(house.settings, house.security_log),
        bulkhead,
        DatabaseRelease(),
        Access(house.settings, house.security_log),
    ]
    app = falcon.App(middleware=middleware, request_type=HouseRequest)
    app.req_options.media_handlers = Handlers(
        {falcon.MEDIA_JSON: StrictJson(house.settings.limits.request_bytes)}
    )
    # People paste the callback URL with a slash at its end.
    app.req_options.strip_url_path_trailing_slash = True
    errors.install(app)
    for route in routes(house):
        app.add_route(route.path, answering_head(route.resource), suffix=route.suffix)
    serve_files(app)
    return app
