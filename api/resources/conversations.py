"""Conversations, their messages, and what a client missed of them."""

from __future__ import annotations

import contextlib

import falcon
import msgspec

from actions.conversations import Conversations, find, problems, whole
from api import answers, bodies
from api.middleware.searches import Searches
from api.resource import Resource
from models.conversations import conversations
from models.conversations.conversations import Filter
from models.messages import messages
from realtime.bus import Bus, stream_id
from schema.audiences import agent, sees
from schema.reading import Found, Problems
from schema.requests import ChangeConversation, ListConversations, ListEvents, ListMessages, Request

_COUNTED_MOST = 10_000


class ConversationsResource(Resource):
    """``/conversations``, its counts, and all that is below one conversation."""

    def __init__(self, verbs: Conversations, searches: Searches, bus: Bus) -> None:
        self._verbs = verbs
        self._searches = searches
        self._bus = bus

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The inbox, most recently active first."""
        query = answers.read_list(req, ListConversations)
        chosen = Filter(query.status, query.phone_number_id, query.unread, query.q)
        with self._searches.turn(chosen.text) if chosen.text else contextlib.nullcontext():
            page = answers.page(query, lambda limit, cursor: conversations.page(chosen, limit, cursor))
        last = messages.last_of(state.id for state, _ in page.items)
        views = [state.view(contact, last.get(state.id)) for state, contact in page.items]
        answers.write_page(req, resp, page, views)

    def on_get_counts(self, req: falcon.Request, resp: falcon.Response) -> None:
        """How many conversations hold something unread, of all that ``GET /conversations?unread=true`` lists."""
        bodies.read_query(req, Request)
        found = conversations.unread(_COUNTED_MOST + 1)
        answers.write(resp, {"unread": min(found, _COUNTED_MOST), "unread_more": found > _COUNTED_MOST})

    def on_get(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        answers.write(resp, whole(*find(conversation_id)))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        """Its status, who answers it, its labels; what is not named stays."""
        request = bodies.read(req, ChangeConversation, problems)
        answers.write(resp, self._verbs.change(req.context.actor, conversation_id, request))

    def on_post_read(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        """Zero the unread count, and mark the newest message of the customer read on WhatsApp."""
        answers.write(resp, self._verbs.read(req.context.actor, conversation_id))

    def on_get_messages(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        """The messages of a conversation, newest first."""
        query = answers.read_list(req, ListMessages)
        find(conversation_id)
        page = answers.page(query, lambda limit, cursor: messages.page(conversation_id, limit, cursor))
        answers.write_page(req, resp, page, page.items)

    def on_get_events(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        """``?after=<event id>``: what a client missed. ``recovered`` false: the history no longer reaches back."""
        query = bodies.read_query(req, ListEvents, _place_problems)
        state, _ = find(conversation_id)
        newest = self._bus.last_event_id()
        missed = self._bus.missed(query.after, state.id, query.limit)
        more = len(missed.events) == query.limit
        words = (agent(req.context.agent.id),)
        answers.write(
            resp,
            {
                "data": [msgspec.Raw(each.frame()) for each in missed.events if sees(each.audience, words)],
                "recovered": missed.recovered,
                "last_event_id": missed.events[-1].id if more else newest,
                "more": more,
            },
        )


def _place_problems(found: Found) -> Problems:
    try:
        stream_id(found.get("after", "0-0"))
    except ValueError as error:
        return {"after": str(error)}
    return {}
