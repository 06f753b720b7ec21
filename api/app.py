"""The wiring and the only route table of the HTTP API."""

from __future__ import annotations

from typing import Any, NamedTuple

import falcon
import redis

from api import errors
from api.access import Access
from api.bulkhead import Bulkhead, places
from api.conversations import (
    ConversationCountsResource,
    ConversationEventsResource,
    ConversationMessagesResource,
    ConversationReadResource,
    ConversationResource,
    ConversationsResource,
)
from api.crossorigin import CrossOrigin
from api.dead_letters import (
    DeadLetterReplayResource,
    DeadLetterResource,
    DeadLettersReplayResource,
    DeadLettersResource,
)
from api.head import Head, answering_head
from api.headers import Headers
from api.health import LiveResource, ReadyResource
from api.logins import Logins
from api.media import MediaResource
from api.messages import MessageReadResource, MessageResource, MessageRetryResource, SendResource
from api.metrics import MetricsResource
from api.monitor import Monitor
from api.numbers import NumberResource, NumbersResource
from api.other_updates import (
    OtherUpdateNoteResource,
    OtherUpdateResource,
    OtherUpdatesNoteResource,
    OtherUpdatesResource,
)
from api.pages import ConsoleFiles, ConsoleResource, serve_files
from api.ratelimits import Quotas, RateLimits
from api.searches import Searches, searches
from api.securitylog import SecurityLog
from api.sessions import AgentsResource, LoginResource, LogoutResource, MeResource, TicketResource
from api.sockets import SocketStatsResource, SocketStatusResource
from api.tally import Counting, Tally
from api.templates import TemplatesResource, TemplatesSyncResource
from api.throttle import Throttle
from api.unread import Unread
from api.uploads import UploadsResource, at_once
from api.webhook import WebhookResource, WebhookTestResource
from models.keyring import Keyring
from realtime.bus import Bus
from realtime.presence import PresenceReader
from realtime.sessions import Sessions
from settings import Settings
from tasks.announce import Announcer
from tasks.inbox import Inbox
from tasks.numbers import Numbers
from tasks.outbox import Outbox
from tasks.replay import Replay
from tasks.store import Store
from tasks.stores import open_store


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


def routes(house: House) -> dict[str, Any]:
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
        "/api/v1/ws/ticket": TicketResource(house.logins),
        "/api/v1/ws/status/{user_id}": SocketStatusResource(house.presence),
        "/api/v1/ws/stats": SocketStatsResource(house.presence),
        "/healthz": LiveResource(),
        "/readyz": ReadyResource(settings, house.monitor),
        "/metrics": MetricsResource(settings, house.monitor, house.tally),
        "/": ConsoleResource(),
    }


def create_app(house: House) -> falcon.App[Any, Any]:
    """The WSGI app. The database must be bound (models.database.bind)."""
    bulkhead = Bulkhead(places(house.settings.web_threads))
    # What comes first here comes last after the resource: the count sees the answer as it goes out.
    middleware: list[Any] = [
        CrossOrigin(house.settings),
        Counting(house.tally),
        Head(),
        Unread(),
        Headers(),
        ConsoleFiles(),
        RateLimits(house.settings, house.security_log),
        bulkhead,
        Access(house.settings, house.security_log),
    ]
    app = falcon.App(middleware=middleware)
    # People paste the callback URL with a slash at its end.
    app.req_options.strip_url_path_trailing_slash = True
    errors.install(app)
    for path, resource in routes(house).items():
        app.add_route(path, answering_head(resource))
    serve_files(app)
    return app
