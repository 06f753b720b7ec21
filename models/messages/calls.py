"""Calls in the thread: one entry a call, which every further piece of news of it completes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ground.clock import now
from models import sql
from models.conversations import conversations
from models.conversations.conversations import Growth, sum_up
from models.conversations.windows import Windows, closes
from models.database import moment
from models.messages import messages
from models.messages.messages import Message, by_wamid
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
    directory = contacts.ensure(call.customer for call in calls)
    drafts = _draft(calls, directory)
    stored_at = now()
    fresh = messages.insert([_record(draft, stored_at) for draft in drafts])
    conversations.grow(
        sum_up((draft.conversation_id, _growth(draft, stored_at)) for draft in drafts if draft.id in fresh)
    )
    known = [draft for draft in drafts if draft.id not in fresh]
    events = _events(drafts, fresh, _complete(known)) + _open_windows(known)
    conversation_ids = [draft.conversation_id for draft in drafts if draft.id in fresh]
    return events + contact_news.updates(directory.changed, but=conversation_ids)


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
    windows = Windows()
    for draft in known:
        if draft.opens_at is not None:
            windows.open(draft.conversation_id, draft.opens_at)
    return conversations.updates(conversations.open_windows(windows))


def _draft(calls: Sequence[Call], directory: Directory) -> list[_Draft]:
    numbers.ensure({call.phone_number_id: (call.account_id, call.display_number) for call in calls})
    came_at = moment()
    together: dict[_Key, tuple[Call, dict[str, Any], datetime | None]] = {}
    for call in calls:
        key = (call.phone_number_id, call.call_id)
        first, content, opens_at = together.get(key, (call, {}, None))
        if rings(call):
            opens_at = max(call.at or came_at, opens_at or call.at or came_at)
        together[key] = (first, merged(content, call.content), opens_at)
    people = {key: directory.find(parts[0].customer) for key, parts in together.items()}
    views = {key: row.view() for key, row in people.items() if row is not None}
    threads = conversations.ensure((key[0], contact.id) for key, contact in views.items())
    belong = [threads[key[0], views[key].id] for key in together]
    written = [Written(thread, call.at) for thread, (call, *_) in zip(belong, together.values(), strict=True)]
    return [
        _Draft(placed, *parts, thread, views[key])
        for placed, thread, (key, parts) in zip(
            place(written, came_at), belong, together.items(), strict=True
        )
    ]


def _record(draft: _Draft, stored_at: datetime) -> dict[str, Any]:
    """The draft as a row of the table."""
    call = draft.call
    return {
        "id": draft.id,
        "conversation_id": draft.conversation_id,
        "phone_number_id": call.phone_number_id,
        "direction": INBOUND if call.by_customer else OUTBOUND,
        "type": CALL,
        "content": draft.content,
        "preview": call_preview(draft.content),
        "status": RECEIVED if call.by_customer else SENT,
        "wamid": call.call_id,
        "sent_at": call.at,
        "created_at": stored_at,
    }


def _growth(draft: _Draft, stored_at: datetime) -> Growth:
    until = closes(draft.opens_at) if draft.opens_at is not None else None
    return Growth(draft.id, stored_at, int(draft.call.by_customer), until)


def _complete(drafts: list[_Draft]) -> set[str]:
    """Add what is new to calls that are stored; returns the ids of those it changed."""
    keys = {(draft.call.phone_number_id, draft.call.call_id): draft for draft in drafts}
    records = sql.select(
        "SELECT id, phone_number_id, wamid, content, revision FROM message WHERE wamid = ANY(%s) AND type = %s"
        " ORDER BY id FOR UPDATE",
        ([wamid for _, wamid in keys], CALL),
    )
    changes = []
    for row in records:
        draft = keys.get((row.phone_number_id, row.wamid))
        whole = merged(row.content, draft.content) if draft else row.content
        if whole != row.content:
            fields = {"content": whole, "preview": call_preview(whole)}
            changes.append({"id": row.id, "revision": row.revision + 1} | fields)
    sql.update(Message, changes)
    return {change["id"] for change in changes}
