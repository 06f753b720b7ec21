"""Conversations, their messages, and what a client missed of them."""

from __future__ import annotations

import contextlib

import falcon
import msgspec

from actions.announcing import Announcer
from api import answers, bodies
from api.bodies import Fields, Query
from api.errors import ApiError
from api.middleware.searches import Searches
from ground.ids import is_id
from models.actors import agents
from models.conversations import conversations
from models.conversations.conversations import Change, Filter, State
from models.database import database
from models.messages import messages
from models.people import number_changes
from queues.app import MARK_READ
from queues.wake import wake
from realtime.bus import Bus, stream_id
from schema.audiences import agent, sees
from schema.views import ContactView, ConversationView
from settings import Settings

_STATUSES = ("open", "pending", "snoozed", "closed")
_EVENTS_MOST = 1000
_COUNTED_MOST = 10_000
_LABELS_MOST, _LABEL_LONGEST = 20, 60


def find(conversation_id: str) -> tuple[State, ContactView]:
    """The conversation of a path. Raises ApiError not_found, with ``merged_into`` where it was joined with another."""
    known = is_id(conversation_id)
    found = conversations.get(conversation_id) if known else None
    if found is not None:
        return found
    home = number_changes.merged_into(conversation_id) if known else None
    if home is None:
        raise ApiError("not_found", f"There is no conversation {conversation_id[:60]!r}.")
    message = f"The conversation {conversation_id} was joined with {home} when its customer changed number; use that."
    raise ApiError("not_found", message, merged_into=home)


class ConversationsResource:
    """GET: the inbox, most recently active first."""

    def __init__(self, searches: Searches) -> None:
        self._searches = searches

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = Query(req, ("status", "phone_number_id", "unread", "q", "limit", "before", "after"))
        chosen = Filter(
            status=query.text("status"),
            phone_number_id=query.text("phone_number_id"),
            unread=query.flag("unread"),
            text=query.text("q"),
        )
        if chosen.status not in (None, *_STATUSES):
            query.problems["status"] = f"is {chosen.status!r}; write one of {', '.join(_STATUSES)}."
        limit, cursor = answers.read_place(query)
        query.check()
        with self._searches.turn(chosen.text) if chosen.text else contextlib.nullcontext():
            page = answers.page_at(lambda: conversations.page(chosen, limit, cursor), cursor)
        last = messages.last_of(state.id for state, _ in page.items)
        views = [state.view(contact, last.get(state.id)) for state, contact in page.items]
        answers.write_page(req, resp, page, views)


class ConversationCountsResource:
    """GET: how many conversations hold something unread, of all that ``GET /conversations?unread=true`` lists."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        Query(req, ()).check()
        found = conversations.unread(_COUNTED_MOST + 1)
        answers.write(resp, {"unread": min(found, _COUNTED_MOST), "unread_more": found > _COUNTED_MOST})


class ConversationResource:
    """GET: one conversation. PATCH: its status, who answers it, its labels; what is not named stays."""

    def __init__(self, settings: Settings, announcer: Announcer) -> None:
        self._settings = settings
        self._announcer = announcer

    def on_get(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        answers.write(resp, _whole(*find(conversation_id)))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        change = _read_change(bodies.read_object(req, self._settings.request_max_bytes))
        with database.atomic():
            changed = conversations.change(conversation_id, change) if is_id(conversation_id) else False
            state, contact = _after(changed, conversation_id, self._announcer)
        answers.write(resp, _whole(state, contact))


def _read_change(fields: Fields) -> Change:
    status, labels = fields.text("status"), fields.words("labels", most=_LABELS_MOST, longest=_LABEL_LONGEST)
    if status not in (None, *_STATUSES):
        fields.problems["status"] = f"is {status!r:.60}; write one of {', '.join(_STATUSES)}."
    assignee_id = fields.id("assignee_id")
    if assignee_id is not None and not agents.exists(assignee_id):
        fields.problems["assignee_id"] = (
            f"is {assignee_id}, which is no agent; GET /api/v1/agents lists them."
        )
    fields.check()
    return Change(status, fields.names("assignee_id"), assignee_id, labels)


class ConversationReadResource:
    """POST: zero the unread count, and mark the newest message of the customer read on WhatsApp."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer

    def on_post(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        with database.atomic():
            changed = conversations.mark_read(conversation_id) if is_id(conversation_id) else False
            state, contact = _after(changed, conversation_id, self._announcer)
        if changed and (newest := messages.newest_inbound(conversation_id)):
            wake(MARK_READ, newest)
        answers.write(resp, _whole(state, contact))


def _after(changed: bool, conversation_id: str, announcer: Announcer) -> tuple[State, ContactView]:
    """The conversation as it is, told where it changed. Raises ApiError not_found.

    Read after the change, whose lock keeps out a new name of the contact: read before, it would go out with a
    revision that makes the news of that name look old.
    """
    whole = find(conversation_id)
    if changed:
        announcer.announce(conversations.updates([whole]))
    return whole


class ConversationMessagesResource:
    """GET: the messages of a conversation, newest first."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        query = Query(req, ("limit", "before", "after"))
        limit, cursor = answers.read_place(query)
        query.check()
        find(conversation_id)
        page = answers.page_at(lambda: messages.page(conversation_id, limit, cursor), cursor)
        answers.write_page(req, resp, page, page.items)


class ConversationEventsResource:
    """GET ?after=<event id>: what a client missed. ``recovered`` false: the history no longer reaches back."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def on_get(self, req: falcon.Request, resp: falcon.Response, conversation_id: str) -> None:
        query = Query(req, ("after", "limit"))
        limit = query.number("limit", answers.USUAL, 1, _EVENTS_MOST)
        after = query.parsed("after", stream_id)
        if after is None:
            query.problems.setdefault("after", "is missing; give the id of the last event you saw.")
        query.check()
        state, _ = find(conversation_id)
        newest = self._bus.last_event_id()
        missed = self._bus.missed(after, state.id, limit)
        more = len(missed.events) == limit
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


def _whole(state: State, contact: ContactView) -> ConversationView:
    return state.view(contact, messages.last_of([state.id]).get(state.id))
