"""Calls in the thread: one entry a call, which every further piece of news of it completes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ground.clock import now
from models.conversations import conversations
from models.conversations.conversations import Growth, window_until
from models.database import bulk, json, moment, rows
from models.messages import messages
from models.messages.messages import by_wamid
from models.messages.placing import Written, place
from models.numbers import numbers
from models.people import contact_news, contacts
from models.people.contacts import Directory
from schema.directions import INBOUND, OUTBOUND
from schema.events import Event, MessageUpdated, NewMessage
from schema.statuses import RECEIVED, SENT
from schema.views import ContactView
from whatsapp.inbound.calls import call_preview, merged, rings
from whatsapp.inbound.updates import Call

CALL = "call"
_Key = tuple[str, str]


class _Draft(NamedTuple):
    """All news of one call in this batch, with the thread it belongs to. ``opens_at`` is when a customer's call
    began to ring, if this batch tells of it: that moment opens the window, in whatever order news comes."""

    id: str
    call: Call
    content: dict[str, Any]
    opens_at: datetime | None
    conversation_id: str
    contact: ContactView


def apply(calls: Sequence[Call]) -> list[Event]:
    """Store calls by (phone_number_id, call id), each once; what is known already is completed.

    Must run in a transaction. A customer's call opens the service window as their message does (Meta, Cloud
    API > Pricing). Returns the events of what is new or changed.
    """
    if not calls:
        return []
    directory = contacts.ensure(each.customer for each in calls)
    drafts = _draft(calls, directory)
    fresh = _insert(drafts)
    conversations.grow(_growth([draft for draft in drafts if draft.id in fresh]))
    known = [draft for draft in drafts if draft.id not in fresh]
    events = _events(drafts, fresh, _complete(known)) + _open_windows(known)
    told = [draft.conversation_id for draft in drafts if draft.id in fresh]
    return events + contact_news.tell(directory.changed, but=told)


def _events(drafts: list[_Draft], fresh: set[str], changed: set[str]) -> list[Event]:
    ids = by_wamid((draft.call.phone_number_id, draft.call.call_id) for draft in drafts)
    views = messages.views(ids.values())
    states = conversations.states({view.conversation_id for view in views.values()})
    events: list[Event] = []
    for draft in drafts:
        view = views[ids[draft.call.phone_number_id, draft.call.call_id]]
        state = states[view.conversation_id]
        if view.id in fresh:
            whole = state.view(draft.contact)
            events.append(NewMessage(conversation_id=state.id, message=view, conversation=whole))
        elif view.id in changed:
            events.append(MessageUpdated(conversation_id=state.id, message=view))
    return events


def _open_windows(known: list[_Draft]) -> list[Event]:
    """For a call whose end came before its beginning."""
    until: dict[str, datetime] = {}
    for draft in known:
        if draft.opens_at is not None:
            opened = window_until(draft.opens_at, from_ad=False)
            until[draft.conversation_id] = max(opened, until.get(draft.conversation_id, opened))
    return conversations.updates(conversations.open_windows(until))


def _draft(calls: Sequence[Call], directory: Directory) -> list[_Draft]:
    numbers.ensure({each.phone_number_id: (each.account_id, each.display_number) for each in calls})
    came_at = moment()
    together: dict[_Key, tuple[Call, dict[str, Any], datetime | None]] = {}
    for each in calls:
        key = (each.phone_number_id, each.call_id)
        first, content, opens_at = together.get(key, (each, {}, None))
        if rings(each):
            opens_at = max(each.at or came_at, opens_at or each.at or came_at)
        together[key] = (first, merged(content, each.content), opens_at)
    people = {key: directory.find(told[0].customer) for key, told in together.items()}
    views = {key: row.view() for key, row in people.items() if row is not None}
    threads = conversations.ensure((key[0], who.id) for key, who in views.items())
    belong = [threads[key[0], views[key].id] for key in together]
    written = [Written(thread, call.at) for thread, (call, *_) in zip(belong, together.values(), strict=True)]
    return [
        _Draft(placed, *told, thread, views[key])
        for placed, thread, (key, told) in zip(place(written, came_at), belong, together.items(), strict=True)
    ]


def _insert(drafts: list[_Draft]) -> set[str]:
    stored_at = now()
    found = bulk(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status,"
        " wamid, sent_at, created_at) VALUES %s ON CONFLICT (phone_number_id, wamid) DO NOTHING RETURNING id",
        [
            (
                *(draft.id, draft.conversation_id, draft.call.phone_number_id),
                *(INBOUND if draft.call.by_customer else OUTBOUND, CALL, json(draft.content)),
                *(call_preview(draft.content), RECEIVED if draft.call.by_customer else SENT),
                *(draft.call.call_id, draft.call.at, stored_at),
            )
            for draft in drafts
        ],
    )
    return {row[0] for row in found}


def _growth(fresh: list[_Draft]) -> dict[str, Growth]:
    growth: dict[str, Growth] = {}
    stored_at = now()
    for draft in fresh:
        before = growth.get(draft.conversation_id)
        unread, until = (before.unread, before.window_until) if before else (0, None)
        if draft.opens_at is not None:
            opened = window_until(draft.opens_at, from_ad=False)
            until = max(until, opened) if until else opened
        unread += draft.call.by_customer
        growth[draft.conversation_id] = Growth(draft.id, stored_at, unread, until)
    return growth


def _complete(drafts: list[_Draft]) -> set[str]:
    """Add what is new to calls that are stored; returns the ids of those it changed."""
    keys = {(draft.call.phone_number_id, draft.call.call_id): draft for draft in drafts}
    found = rows(
        "SELECT id, phone_number_id, wamid, content FROM message WHERE wamid = ANY(%s) AND type = %s"
        " ORDER BY id FOR UPDATE",
        ([wamid for _, wamid in keys], CALL),
    )
    changes = []
    for key, number_id, wamid, content in found:
        draft = keys.get((number_id, wamid))
        whole = merged(content, draft.content) if draft else content
        if whole != content:
            changes.append((key, json(whole), call_preview(whole)))
    bulk(
        "UPDATE message m SET content = n.content, preview = n.preview, revision = m.revision + 1"
        " FROM (VALUES %s) AS n (id, content, preview) WHERE m.id = n.id",
        changes,
        "(%s::uuid, %s::jsonb, %s)",
    )
    return {change[0] for change in changes}
