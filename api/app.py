"""The wiring and the only route table of the HTTP API."""

from __future__ import annotations

from typing import Any, NamedTuple

import falcon
import redis

from actions.announcing import Announcer
from actions.numbers import Numbers
from actions.replay import Replay
from api import errors
from api.middleware.access import Access
from api.middleware.bulkhead import Bulkhead, places
from api.middleware.cross_origin import CrossOrigin
from api.middleware.head import Head, answering_head
from api.middleware.headers import Headers
from api.middleware.searches import Searches, searches
from api.middleware.unread import Unread
from api.resources.console import ConsoleFiles, ConsoleResource, Edition, serve_files
from api.resources.conversations import (
    ConversationCountsResource,
    ConversationEventsResource,
    ConversationMessagesResource,
    ConversationReadResource,
    ConversationResource,
    ConversationsResource,
)
from api.resources.dead_letters import (
    DeadLetterReplayResource,
    DeadLetterResource,
    DeadLettersReplayResource,
    DeadLettersResource,
)
from api.resources.health import LiveResource, ReadyResource
from api.resources.media import MediaResource
from api.resources.messages import (
    MessageReadResource,
    MessageResource,
    MessageRetryResource,
    SendResource,
)
from api.resources.metrics import MetricsResource
from api.resources.numbers import NumberResource, NumbersResource
from api.resources.other_updates import (
    OtherUpdateNoteResource,
    OtherUpdateResource,
    OtherUpdatesNoteResource,
    OtherUpdatesResource,
)
from api.resources.sessions import (
    AgentsResource,
    LoginResource,
    LogoutResource,
    MeResource,
    TicketResource,
)
from api.resources.sockets import SocketStatsResource, SocketStatusResource
from api.resources.templates import TemplatesResource, TemplatesSyncResource
from api.resources.uploads import UploadsResource, at_once
from api.resources.webhook import WebhookResource, WebhookTestResource
from api.security.log import SecurityLog
from api.security.logins import Logins
from api.security.rate_limits import Quotas, RateLimits
from api.security.throttle import Throttle
from health.monitor import Monitor
from health.tally import Counting, Tally
from models.numbers.keyring import Keyring
from queues.inbox import Inbox
from queues.outbox import Outbox
from realtime.bus import Bus
from realtime.presence import PresenceReader
from realtime.sessions import Sessions
from settings import Settings
from storage.store import Store
from storage.stores import open_store


class House(NamedTuple):
    """What the resources work with."""

    settings: Settings
    redis: redis.Redis
    inbox: Inbox
    outbox: Outbox
    bus: Bus
    announcer: Announcer
    logins: Logins
    presence: PresenceReader
    throttle: Throttle
    store: Store
    numbers: Numbers
    monitor: Monitor
    tally: Tally
    security_log: SecurityLog


def furnish(settings: Settings, client: redis.Redis) -> House:
    """The collaborators of one process. Opens no connection."""
    bus = Bus(client, settings.event_history)
    announcer = Announcer(bus)
    inbox = Inbox(client, settings.inbox_max_entries)
    store = open_store(settings)
    return House(
        settings=settings,
        redis=client,
        inbox=inbox,
        outbox=Outbox(client),
        bus=bus,
        announcer=announcer,
        logins=Logins(Sessions(client), settings.session_days),
        presence=PresenceReader(client),
        throttle=Throttle(client, settings.login_attempts),
        store=store,
        numbers=Numbers(Keyring(settings.secret_keys), announcer.announce),
        monitor=Monitor(client, inbox, store.directory),
        tally=Tally(client),
        security_log=SecurityLog(),
    )


def routes(house: House, edition: Edition) -> dict[str, Any]:
    """Every path and its resource."""
    settings, announcer = house.settings, house.announcer
    replay = Replay(house.inbox, house.outbox, announcer)
    quotas = Quotas(settings, house.security_log)
    return {
        "/api/v1/whatsapp/webhook": WebhookResource(settings, house.inbox, house.security_log),
        "/api/v1/whatsapp/webhook/test": WebhookTestResource(settings, house.inbox),
        "/api/v1/messages/send": SendResource(settings, announcer, house.outbox, quotas),
        "/api/v1/messages/{message_id}": MessageResource(),
        "/api/v1/messages/{message_id}/read": MessageReadResource(settings),
        "/api/v1/messages/{message_id}/retry": MessageRetryResource(announcer, house.outbox),
        "/api/v1/conversations": ConversationsResource(Searches(searches(settings.web_threads))),
        "/api/v1/conversations/counts": ConversationCountsResource(),
        "/api/v1/conversations/{conversation_id}": ConversationResource(settings, announcer),
        "/api/v1/conversations/{conversation_id}/read": ConversationReadResource(announcer),
        "/api/v1/conversations/{conversation_id}/messages": ConversationMessagesResource(),
        "/api/v1/conversations/{conversation_id}/events": ConversationEventsResource(house.bus),
        "/api/v1/media": UploadsResource(house.store, at_once(settings.web_threads), quotas),
        "/api/v1/media/{message_id}": MediaResource(house.store),
        "/api/v1/auth/login": LoginResource(settings, house.logins, house.throttle, house.security_log),
        "/api/v1/auth/logout": LogoutResource(settings, house.logins, house.security_log),
        "/api/v1/auth/me": MeResource(settings, house.logins),
        "/api/v1/agents": AgentsResource(),
        "/api/v1/dead-letters": DeadLettersResource(),
        "/api/v1/dead-letters/replay": DeadLettersReplayResource(replay),
        "/api/v1/dead-letters/{letter_id}": DeadLetterResource(),
        "/api/v1/dead-letters/{letter_id}/replay": DeadLetterReplayResource(replay),
        "/api/v1/other-updates": OtherUpdatesResource(),
        "/api/v1/other-updates/note": OtherUpdatesNoteResource(),
        "/api/v1/other-updates/{update_id}": OtherUpdateResource(),
        "/api/v1/other-updates/{update_id}/note": OtherUpdateNoteResource(),
        "/api/v1/numbers": NumbersResource(settings, house.numbers),
        "/api/v1/numbers/{phone_number_id}": NumberResource(settings, house.numbers),
        "/api/v1/templates": TemplatesResource(),
        "/api/v1/templates/sync": TemplatesSyncResource(settings),
        "/api/v1/ws/ticket": TicketResource(house.logins, house.bus),
        "/api/v1/ws/status/{user_id}": SocketStatusResource(house.presence),
        "/api/v1/ws/stats": SocketStatsResource(house.presence),
        "/healthz": LiveResource(),
        "/readyz": ReadyResource(settings, house.monitor),
        "/metrics": MetricsResource(settings, house.monitor, house.tally),
        "/": ConsoleResource(edition),
    }


def create_app(house: House) -> falcon.App[Any, Any]:
    """The WSGI app. The database must be bound (models.database.bind)."""
    edition = Edition()
    bulkhead = Bulkhead(places(house.settings.web_threads))
    # What comes first here comes last after the resource: the count sees the answer as it goes out.
    middleware: list[Any] = [
        CrossOrigin(house.settings),
        Counting(house.tally),
        Head(),
        Unread(),
        Headers(),
        ConsoleFiles(edition),
        RateLimits(house.settings, house.security_log),
        bulkhead,
        Access(house.settings, house.security_log),
    ]
    app = falcon.App(middleware=middleware)
    # People paste the callback URL with a slash at its end.
    app.req_options.strip_url_path_trailing_slash = True
    errors.install(app)
    for path, resource in routes(house, edition).items():
        app.add_route(path, answering_head(resource))
    serve_files(app)
    return app
