"""The only route table of the HTTP API: each path, the resource behind it, and the scope a program needs for it."""

from __future__ import annotations

from actions.conversations import Conversations
from actions.dead_letters import DeadLetters
from actions.messages import Messages
from actions.numbers import Numbers
from actions.other_updates import OtherUpdates
from actions.sending import Sending
from actions.templates import Templates
from api.house import House
from api.middleware.searches import Searches, searches
from api.resources.console import ConsoleResource
from api.resources.conversations import ConversationsResource
from api.resources.dead_letters import DeadLettersResource
from api.resources.document import DocumentResource
from api.resources.health import HealthResource
from api.resources.media import MediaResource
from api.resources.messages import MessagesResource
from api.resources.metrics import MetricsResource
from api.resources.numbers import NumbersResource
from api.resources.other_updates import OtherUpdatesResource
from api.resources.sessions import AgentsResource, LoginResource, SessionsResource
from api.resources.sockets import SocketsResource
from api.resources.templates import TemplatesResource
from api.resources.uploads import UploadsResource, at_once
from api.resources.webhook import WebhookResource, WebhookTestResource
from api.route import ADMIN, ONESELF, PUBLIC, Route
from api.security.rate_limits import Quotas
from models.numbers.keyring import Keyring


def routes(house: House) -> list[Route]:
    """Every path."""
    table = [
        *_of_meta(house),
        *_of_agents(house),
        *_of_admins(house),
        *_of_sessions(house),
        *_of_operators(house),
    ]
    document = DocumentResource(table, house.edition)
    table += [
        Route("/api/v1/openapi.json", document, None, PUBLIC),
        Route("/docs", document, "page", PUBLIC),
    ]
    return table


def _of_meta(house: House) -> list[Route]:
    settings = house.settings
    return [
        Route(
            "/api/v1/whatsapp/webhook",
            WebhookResource(settings, house.inbox, house.security_log),
            None,
            PUBLIC,
        ),
        Route("/api/v1/whatsapp/webhook/test", WebhookTestResource(settings, house.inbox), None, PUBLIC),
    ]


def _of_agents(house: House) -> list[Route]:
    settings, begin, call = house.settings, house.transactions, house.outbox.call
    quotas = Quotas(settings, house.security_log)
    sent = MessagesResource(Sending(settings, begin, call), Messages(begin, call), quotas)
    conversations = ConversationsResource(
        Conversations(begin), Searches(searches(settings.web.threads)), house.bus
    )
    templates = TemplatesResource(Templates(settings, begin))
    message, conversation = "/api/v1/messages/{message_id}", "/api/v1/conversations/{conversation_id}"
    return [
        Route("/api/v1/messages/send", sent, "send", "messages"),
        Route(message, sent, None, "messages"),
        Route(f"{message}/read", sent, "read", "messages"),
        Route(f"{message}/retry", sent, "retry", "messages"),
        Route("/api/v1/conversations", conversations, "all", "conversations"),
        Route("/api/v1/conversations/counts", conversations, "counts", "conversations"),
        Route(conversation, conversations, None, "conversations"),
        Route(f"{conversation}/read", conversations, "read", "conversations"),
        Route(f"{conversation}/messages", conversations, "messages", "messages"),
        Route(f"{conversation}/events", conversations, "events", "events"),
        Route(
            "/api/v1/media",
            UploadsResource(house.store, at_once(settings.web.threads), quotas),
            None,
            "media",
        ),
        Route("/api/v1/media/{message_id}", MediaResource(house.store), None, "media"),
        Route("/api/v1/templates", templates, None, "templates"),
        Route("/api/v1/templates/sync", templates, "sync", "templates"),
        Route("/api/v1/agents", AgentsResource(), None, "agents"),
    ]


def _of_admins(house: House) -> list[Route]:
    settings, begin = house.settings, house.transactions
    letters = DeadLettersResource(DeadLetters(house.inbox, begin, house.outbox.call))
    updates = OtherUpdatesResource(OtherUpdates(begin))
    numbers = NumbersResource(settings, Numbers(settings, Keyring(settings.security.secret_keys), begin))
    letter, update = "/api/v1/dead-letters/{letter_id}", "/api/v1/other-updates/{update_id}"
    return [
        Route("/api/v1/numbers", numbers, "all", "numbers"),
        Route("/api/v1/numbers/{phone_number_id}", numbers, None, "numbers"),
        Route("/api/v1/dead-letters", letters, "all", ADMIN),
        Route("/api/v1/dead-letters/replay", letters, "replay_all", ADMIN),
        Route(letter, letters, None, ADMIN),
        Route(f"{letter}/replay", letters, "replay", ADMIN),
        Route("/api/v1/other-updates", updates, "all", ADMIN),
        Route("/api/v1/other-updates/note", updates, "note_all", ADMIN),
        Route(update, updates, None, ADMIN),
        Route(f"{update}/note", updates, "note", ADMIN),
    ]


def _of_sessions(house: House) -> list[Route]:
    settings, log = house.settings, house.security_log
    sessions, sockets = (
        SessionsResource(settings, house.logins, house.bus, log),
        SocketsResource(house.presence),
    )
    return [
        Route("/api/v1/auth/login", LoginResource(settings, house.logins, house.throttle, log), None, PUBLIC),
        Route("/api/v1/auth/logout", sessions, "logout", ONESELF),
        Route("/api/v1/auth/me", sessions, "me", ONESELF),
        Route("/api/v1/ws/ticket", sessions, "ticket", ONESELF),
        Route("/api/v1/ws/status/{user_id}", sockets, "status", "agents"),
        Route("/api/v1/ws/stats", sockets, "stats", "agents"),
    ]


def _of_operators(house: House) -> list[Route]:
    health = HealthResource(house.settings, house.monitor)
    return [
        Route("/healthz", health, "live", PUBLIC),
        Route("/readyz", health, "ready", PUBLIC),
        Route("/metrics", MetricsResource(house.settings, house.monitor, house.tally), None, PUBLIC),
        Route("/", ConsoleResource(house.edition), None, PUBLIC),
    ]
