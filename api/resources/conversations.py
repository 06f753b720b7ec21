"""Conversations, their messages, and what a client missed of them."""

from __future__ import annotations

import contextlib

import falcon
import msgspec

from actions.conversations import Conversations, find, problems, whole
from api import answers
from api.middleware.searches import Searches
from api.operations import operation
from api.resource import Resource
from models.conversations import conversations
from models.conversations.conversations import Filter
from models.messages import messages
from realtime.bus import Bus, stream_id
from schema.audiences import agent, sees
from schema.reading import Problems, Valid
from schema.requests import ChangeConversation, ListConversations, ListEvents, ListMessages, Request
from schema.views import ConversationList, ConversationView, CountsView, MessageList, MissedView

_COUNTED_MOST = 10_000


class ConversationsResource(Resource):
    """``/conversations``, its counts, and all that is below one conversation."""

    def __init__(self, verbs: Conversations, searches: Searches, bus: Bus) -> None:
        self._verbs = verbs
        self._searches = searches
        self._bus = bus

    @operation(
        "list_conversations",
        query=ListConversations,
        answer=ConversationList,
        errors=("search_busy", "search_too_slow"),
    )
    def on_get_all(
        self, req: falcon.Request, resp: falcon.Response, query: ListConversations
    ) -> ConversationList:
        """The inbox, most recently active first."""
        chosen = Filter(query.status, query.phone_number_id, query.unread, query.q)
        with self._searches.turn(chosen.text) if chosen.text else contextlib.nullcontext():
            page = answers.page(query, lambda limit, cursor: conversations.page(chosen, limit, cursor))
        last = messages.last_of(state.id for state, _ in page.items)
        views = [state.view(contact, last.get(state.id)) for state, contact in page.items]
        return answers.linked(ConversationList, req, page, views)

    @operation("count_conversations", query=Request, answer=CountsView)
    def on_get_counts(self, req: falcon.Request, resp: falcon.Response, query: Request) -> CountsView:
        """How many conversations hold something unread, of all that ``GET /conversations?unread=true`` lists."""
        unread = conversations.unread(_COUNTED_MOST + 1)
        return CountsView(unread=min(unread, _COUNTED_MOST), unread_more=unread > _COUNTED_MOST)

    @operation("get_conversation", answer=ConversationView, errors=("not_found",))
    def on_get(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> ConversationView:
        """One conversation, with its last message."""
        return whole(*find(conversation_id))

    @operation(
        "change_conversation",
        body=ChangeConversation,
        besides=problems,
        answer=ConversationView,
        errors=("not_found",),
    )
    def on_patch(
        self, req: falcon.Request, resp: falcon.Response, conversation_id: str, request: ChangeConversation
    ) -> ConversationView:
        """Its status, who answers it, its labels; what is not named stays."""
        return self._verbs.change(req.context.actor, conversation_id, request)

    @operation("read_conversation", answer=ConversationView, errors=("not_found",))
    def on_post_read(
        self, req: falcon.Request, resp: falcon.Response, conversation_id: str
    ) -> ConversationView:
        """Zero the unread count, and mark the newest message of the customer read on WhatsApp."""
        return self._verbs.read(req.context.actor, conversation_id)

    @operation("list_messages", query=ListMessages, answer=MessageList, errors=("not_found",))
    def on_get_messages(
        self, req: falcon.Request, resp: falcon.Response, conversation_id: str, query: ListMessages
    ) -> MessageList:
        """The messages of a conversation, newest first."""
        find(conversation_id)
        page = answers.page(query, lambda limit, cursor: messages.page(conversation_id, limit, cursor))
        return answers.linked(MessageList, req, page, page.items)

    @operation(
        "list_events",
        query=ListEvents,
        also=lambda valid, _: _place_problems(valid),
        answer=MissedView,
        errors=("not_found",),
    )
    def on_get_events(
        self, req: falcon.Request, resp: falcon.Response, conversation_id: str, query: ListEvents
    ) -> MissedView:
        """What a client missed. ``recovered`` false: the history no longer reaches back."""
        state, _ = find(conversation_id)
        newest = self._bus.last_event_id()
        missed = self._bus.missed(query.after, state.id, query.limit)
        more = len(missed.events) == query.limit
        words = (agent(req.context.agent.id),)
        return MissedView(
            data=tuple(msgspec.Raw(event.frame()) for event in missed.events if sees(event.audience, words)),
            recovered=missed.recovered,
            last_event_id=missed.events[-1].id if more else newest,
            more=more,
        )


def _place_problems(valid: Valid) -> Problems:
    try:
        stream_id(valid.get("after", "0-0"))
    except ValueError as error:
        return {"after": str(error)}
    return {}
