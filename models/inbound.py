"""One batch of deliveries into the tables: a fixed handful of statements, however many updates it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from models.conversations import conversations, windows
from models.conversations.conversations import Growth, State, sum_up
from models.database import moment
from models.ledger import other_updates, parked
from models.messages import amendments, calls, media, messages, quotes, revokes, status_news, surroundings
from models.messages.messages import by_wamid
from models.messages.placing import Written, place
from models.messages.status_news import StatusOrPayment
from models.numbers import numbers, standings
from models.people import contact_news, contacts, groups, number_changes, preferences
from models.people.contacts import Directory
from models.templates import news
from schema.directions import ECHO, INBOUND
from schema.events import Event, NewMessage
from schema.statuses import RECEIVED, SENT
from schema.views import ContactView, MessageView, SenderView
from whatsapp.inbound.updates import MEDIA_TYPES, Amendment, Message, Updates

# Meta's word about a person and not the person's own: it opens no window.
_NOTICE = "system"
_OWN = (
    *(
        "id",
        "conversation_id",
        "phone_number_id",
        "direction",
        "type",
        "content",
        "preview",
        "status",
        "wamid",
    ),
    *("sent_at", "created_at"),
)


class _Draft(NamedTuple):
    """A message that is not stored yet, with the conversation and the contact it belongs to."""

    update: Message
    view: MessageView
    contact: ContactView


def persist(batch: Sequence[Updates]) -> list[Event]:
    """Store every update of these deliveries; returns the events, to be written in the same transaction.

    Must run in a transaction. What is stored already changes nothing and makes no event.
    """
    messages = [message for updates in batch for message in updates.messages]
    statuses: list[StatusOrPayment] = [status for updates in batch for status in updates.statuses]
    statuses += [payment for updates in batch for payment in updates.payments]
    changes = [amendment for updates in batch for amendment in updates.amendments]
    messages = revokes.without_words(messages, changes)
    _ensure_numbers(messages)
    number_changes.hold(message.moved_to for message in messages if message.moved_to)
    events, fresh = _persist_messages(messages) if messages else ([], [])
    events += _persist_news(statuses, changes, fresh)
    events += _persist_account_side(batch)
    other_updates.keep(updates.others for updates in batch)
    return events


def _persist_news(
    statuses: list[StatusOrPayment], changes: list[Amendment], fresh: list[_Draft]
) -> list[Event]:
    """Statuses and amendments, and those that waited for a message which is known from now on."""
    places = status_news.find(statuses)
    places.known.update((_pair(draft.update), draft.view.id) for draft in fresh)
    late = parked.take([*(_pair(draft.update) for draft in fresh), *places.learnt])
    _lock([*changes, *late.amendments], places)
    events = amendments.apply(changes)
    events += status_news.apply([*statuses, *late.statuses, *late.payments], places)
    events += amendments.apply(late.amendments)
    return events + _quoting([wamid for _, wamid in places.learnt])


def _persist_account_side(batch: Sequence[Updates]) -> list[Event]:
    events = preferences.apply([preference for updates in batch for preference in updates.preferences])
    events += calls.apply([call for updates in batch for call in updates.calls])
    events += news.apply([template for updates in batch for template in updates.templates])
    events += groups.apply([group for updates in batch for group in updates.groups])
    events += standings.apply([number for updates in batch for number in updates.numbers])
    return events


def _lock(changes: list[Amendment], places: status_news.Places) -> None:
    """Statuses and amendments lock their messages each in order; what both change is locked here, before either."""
    if changes and places.known:
        changed = by_wamid((amendment.phone_number_id, amendment.target_wamid) for amendment in changes)
        messages.lock([*changed.values(), *places.known.values()])


def _pair(update: Message) -> status_news.Pair:
    return update.phone_number_id, update.wamid


def _ensure_numbers(messages: Iterable[Message]) -> None:
    numbers.ensure(
        {message.phone_number_id: (message.account_id, message.display_number) for message in messages}
    )


def _persist_messages(received: list[Message]) -> tuple[list[Event], list[_Draft]]:
    # What is stored already makes no contact and no conversation: its writer may have another number by now.
    known = by_wamid((message.phone_number_id, message.wamid) for message in received)
    unknown = [message for message in received if (message.phone_number_id, message.wamid) not in known]
    directory = contacts.ensure(message.customer for message in unknown)
    drafts = _draft(unknown, directory)
    stored = messages.insert([_record(draft) for draft in drafts])
    groups.note(_members(unknown))
    fresh = [draft for draft in drafts if draft.view.id in stored]
    media.want((view.id, view.phone_number_id, view.content) for _, view, _ in fresh if view.media)
    states = conversations.grow(sum_up((draft.view.conversation_id, _growth(draft)) for draft in fresh))
    events: list[Event] = [_event(draft, states[draft.view.conversation_id]) for draft in fresh]
    events += _quoting([draft.update.wamid for draft in fresh])
    return events + _contact_news(directory.changed, fresh), fresh


def _members(messages: list[Message]) -> Iterator[tuple[str, str]]:
    """Who wrote in which group, so who is in it."""
    for message in messages:
        sender = message.sender
        member = (sender.phone or sender.user_id) if sender else None
        if member and message.customer.group_id:
            yield message.customer.group_id, member


def _quoting(wamids: list[str]) -> list[Event]:
    """Tell of the messages that quoted these before they were known."""
    return messages.updates(quotes.resolve(wamids))


def _contact_news(changed: set[str], fresh: list[_Draft]) -> list[Event]:
    """What is new of people: their names, and their numbers, which may turn two histories into one."""
    moved = set()
    for draft in fresh:
        shared = draft.update.shared_phone
        if draft.update.moved_to:
            number_changes.move(draft.contact.id, draft.update.moved_to)
            moved.add(draft.contact.id)
        elif shared and contacts.learn_phone(draft.contact.id, shared):
            moved.add(draft.contact.id)
    events = contact_news.removals(moved) + contact_news.updates(moved)
    return events + contact_news.updates(changed - moved, but={draft.view.conversation_id for draft in fresh})


def _draft(messages: list[Message], directory: Directory) -> list[_Draft]:
    contacts = []
    for message in messages:
        row = directory.find(message.customer)
        assert row is not None
        contacts.append(row.view())
    threads = conversations.ensure(
        (message.phone_number_id, contact.id) for message, contact in zip(messages, contacts, strict=True)
    )
    quoted = by_wamid(
        (message.phone_number_id, message.reply_to_wamid) for message in messages if message.reply_to_wamid
    )
    belong = [
        threads[message.phone_number_id, contact.id]
        for message, contact in zip(messages, contacts, strict=True)
    ]
    came_at, drafts = moment(), []
    written = [Written(thread, message.sent_at) for thread, message in zip(belong, messages, strict=True)]
    keys = place(written, came_at)
    for message, contact, thread, key in zip(messages, contacts, belong, keys, strict=True):
        view = _view(message, key, thread, quoted, came_at)
        drafts.append(_Draft(message, view, contact))
        # Those behind it in this batch may quote it.
        quoted.setdefault((message.phone_number_id, message.wamid), view.id)
    return drafts


def _view(
    update: Message, key: str, conversation_id: str, quoted: dict[tuple[str, str], str], came_at: datetime
) -> MessageView:
    quote = quoted.get((update.phone_number_id, update.reply_to_wamid)) if update.reply_to_wamid else None
    return MessageView(
        id=key,
        conversation_id=conversation_id,
        phone_number_id=update.phone_number_id,
        direction=update.direction,
        type=update.type,
        content=update.content,
        preview=update.preview,
        status=SENT if update.direction == ECHO else RECEIVED,
        status_times={},
        error=None,
        reply_to=quote,
        reactions=(),
        media=media.describe(update.content) if update.type in MEDIA_TYPES else None,
        edited_at=None,
        deleted_at=None,
        possible_duplicate=False,
        agent_id=None,
        sender=_sender(update),
        pricing=None,
        wamid=update.wamid,
        revision=1,
        created_at=came_at,
        sent_at=update.sent_at,
        referral=surroundings.referral(update.extra),
        context=surroundings.context(update.extra),
        errors=surroundings.errors(update.content, update.extra),
    )


def _sender(update: Message) -> SenderView | None:
    sender = update.sender
    return SenderView(name=sender.name, phone=sender.phone, user_id=sender.user_id) if sender else None


def _record(draft: _Draft) -> dict[str, Any]:
    """The draft as a row of the table."""
    update, view, _ = draft
    own = {name: getattr(view, name) for name in _OWN}
    return own | {
        "reply_to_id": view.reply_to,
        "reply_to_wamid": update.reply_to_wamid,
        "extra": update.extra,
        "sender": view.sender,
    }


def _growth(draft: _Draft) -> Growth:
    update, view, _ = draft
    inbound = update.direction == INBOUND
    opens = inbound and update.type != _NOTICE
    until = windows.closes(update.sent_at or view.created_at, from_ad=update.from_ad) if opens else None
    return Growth(view.id, view.created_at, int(inbound), until)


def _event(draft: _Draft, state: State) -> NewMessage:
    view = draft.view
    return NewMessage(
        conversation_id=view.conversation_id, message=view, conversation=state.view(draft.contact)
    )


def persist_parked() -> list[Event]:
    """Apply what two transactions did not see of each other: the news of the one, the message of the other; quotes
    among it. Must run in a transaction, and while no drain does (models/drain_leases.py)."""
    return persist([parked.collect()]) + messages.updates(quotes.resolve_late())


def resolve_old_quotes() -> list[Event]:
    """Point quotes at their originals that no sweep brought together in time. Must run in a transaction."""
    return messages.updates(quotes.resolve_old())
