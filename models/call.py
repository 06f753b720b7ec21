"""Calls in the thread: one entry a call, which every further piece of news of it completes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from models import contact, conversation, message, number
from models.conversation import Growth, window_until
from models.database import bulk, json, rows
from models.ids import new_id
from models.message import OUTBOUND, by_wamid
from models.status import RECEIVED, SENT
from realtime.events import Event, MessageUpdated, NewMessage, now
from realtime.views import ContactView
from whatsapp.calls import call_preview, merged
from whatsapp.updates import INBOUND, Call

CALL = "call"
_Key = tuple[str, str]


class _Draft(NamedTuple):
    """All news of one call in this batch, with the thread it belongs to."""

    id: str
    call: Call
    content: dict[str, Any]
    conversation_id: str
    contact: ContactView


def apply(calls: Sequence[Call], *, repeat: bool = False) -> list[Event]:
    """Store calls by (phone_number_id, call id), each once; what is known already is completed.

    Must run in a transaction. A customer's call opens the service window as their message does (Meta, Cloud
    API > Pricing). Returns the events of what is new or changed, with ``repeat`` those of every call named.
    """
    if not calls:
        return []
    drafts = _draft(calls)
    fresh = _insert(drafts)
    states = conversation.grow(_growth([draft for draft in drafts if draft.id in fresh]))
    changed = _complete([draft for draft in drafts if draft.id not in fresh])
    known = by_wamid((draft.call.phone_number_id, draft.call.call_id) for draft in drafts)
    states |= conversation.states({draft.conversation_id for draft in drafts} - set(states))
    views = message.views(known.values())
    events: list[Event] = []
    for draft in drafts:
        view = views[known[draft.call.phone_number_id, draft.call.call_id]]
        state = states.get(view.conversation_id)
        if state is not None and (repeat or view.id in fresh):
            whole = state.view(draft.contact)
            events.append(NewMessage(conversation_id=state.id, message=view, conversation=whole))
        elif view.id in changed:
            events.append(MessageUpdated(conversation_id=view.conversation_id, message=view))
    return events


def _draft(calls: Sequence[Call]) -> list[_Draft]:
    number.ensure({each.phone_number_id: (each.account_id, each.display_number) for each in calls})
    directory = contact.ensure(each.customer for each in calls)
    together: dict[_Key, tuple[Call, dict[str, Any]]] = {}
    for each in calls:
        key = (each.phone_number_id, each.call_id)
        first, content = together.get(key, (each, {}))
        together[key] = (first, merged(content, each.content))
    people = {key: directory.find(call.customer) for key, (call, _) in together.items()}
    views = {key: row.view() for key, row in people.items() if row is not None}
    threads = conversation.ensure((key[0], who.id) for key, who in views.items())
    return [
        _Draft(new_id(), call, content, threads[key[0], views[key].id], views[key])
        for key, (call, content) in together.items()
    ]


def _insert(drafts: list[_Draft]) -> set[str]:
    moment = now()
    found = bulk(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status,"
        " wamid, sent_at, created_at) VALUES %s ON CONFLICT (phone_number_id, wamid) DO NOTHING RETURNING id",
        [
            (
                *(draft.id, draft.conversation_id, draft.call.phone_number_id),
                *(INBOUND if draft.call.by_customer else OUTBOUND, CALL, json(draft.content)),
                *(call_preview(draft.content), RECEIVED if draft.call.by_customer else SENT),
                *(draft.call.call_id, draft.call.at, moment),
            )
            for draft in drafts
        ],
    )
    return {row[0] for row in found}


def _growth(fresh: list[_Draft]) -> dict[str, Growth]:
    growth: dict[str, Growth] = {}
    moment = now()
    for draft in fresh:
        before = growth.get(draft.conversation_id)
        unread, until = (before.unread, before.window_until) if before else (0, None)
        if draft.call.by_customer:
            opened = window_until(draft.call.at or moment, from_ad=False)
            unread, until = unread + 1, max(until, opened) if until else opened
        growth[draft.conversation_id] = Growth(draft.id, moment, unread, until)
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
