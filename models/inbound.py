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
from models.messages.status_news import Told
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
    messages = [each for updates in batch for each in updates.messages]
    statuses: list[Told] = [each for updates in batch for each in updates.statuses]
    statuses += [each for updates in batch for each in updates.payments]
    changes = [each for updates in batch for each in updates.amendments]
    messages = revokes.without_words(messages, changes)
    _ensure_numbers(messages)
    number_changes.hold(each.moved_to for each in messages if each.moved_to)
    events, fresh = _persist_messages(messages) if messages else ([], [])
    events += _persist_news(statuses, changes, fresh)
    events += _persist_account_side(batch)
    other_updates.keep(updates.others for updates in batch)
    return events


def _persist_news(statuses: list[Told], changes: list[Amendment], fresh: list[_Draft]) -> list[Event]:
    """Statuses and amendments, and those that waited for a message which is known from now on."""
    places = status_news.find(statuses)
    places.found.update((_pair(draft.update), draft.view.id) for draft in fresh)
    late = parked.take([*(_pair(draft.update) for draft in fresh), *places.learnt])
    _lock([*changes, *late.amendments], places)
    events = amendments.apply(changes)
    events += status_news.apply([*statuses, *late.statuses, *late.payments], places)
    events += amendments.apply(late.amendments)
    return events + _quoting([wamid for _, wamid in places.learnt])


def _persist_account_side(batch: Sequence[Updates]) -> list[Event]:
    events = preferences.apply([each for updates in batch for each in updates.preferences])
    events += calls.apply([each for updates in batch for each in updates.calls])
    events += news.apply([each for updates in batch for each in updates.templates])
    events += groups.apply([each for updates in batch for each in updates.groups])
    events += standings.apply([each for updates in batch for each in updates.numbers])
    return events


def _lock(changes: list[Amendment], places: status_news.Places) -> None:
    """Statuses and amendments lock their messages each in order; what both change is locked here, before either."""
    if changes and places.found:
        changed = by_wamid((each.phone_number_id, each.target_wamid) for each in changes)
        messages.lock([*changed.values(), *places.found.values()])


def _pair(update: Message) -> status_news.Pair:
    return update.phone_number_id, update.wamid


def _ensure_numbers(messages: Iterable[Message]) -> None:
    numbers.ensure({each.phone_number_id: (each.account_id, each.display_number) for each in messages})


def _persist_messages(told: list[Message]) -> tuple[list[Event], list[_Draft]]:
    # What is stored already makes no contact and no conversation: its writer may have another number by now.
    known = by_wamid((each.phone_number_id, each.wamid) for each in told)
    unknown = [each for each in told if (each.phone_number_id, each.wamid) not in known]
    directory = contacts.ensure(each.customer for each in unknown)
    drafts = _draft(unknown, directory)
    stored = messages.insert([_record(draft) for draft in drafts])
    groups.note(_members(unknown))
    fresh = [draft for draft in drafts if draft.view.id in stored]
    media.want((view.id, view.phone_number_id, view.content) for _, view, _ in fresh if view.media)
    states = conversations.grow(sum_up((each.view.conversation_id, _growth(each)) for each in fresh))
    events: list[Event] = [_event(draft, states[draft.view.conversation_id]) for draft in fresh]
    events += _quoting([draft.update.wamid for draft in fresh])
    return events + _contact_news(directory.changed, fresh), fresh


def _members(messages: list[Message]) -> Iterator[tuple[str, str]]:
    """Who wrote in which group, so who is in it."""
    for each in messages:
        who = each.sender
        member = (who.phone or who.user_id) if who else None
        if member and each.customer.group_id:
            yield each.customer.group_id, member


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
    events = contact_news.tell_removed(moved) + contact_news.tell(moved)
    return events + contact_news.tell(changed - moved, but={draft.view.conversation_id for draft in fresh})


def _draft(messages: list[Message], directory: Directory) -> list[_Draft]:
    contacts = []
    for each in messages:
        row = directory.find(each.customer)
        assert row is not None
        contacts.append(row.view())
    threads = conversations.ensure(
        (each.phone_number_id, who.id) for each, who in zip(messages, contacts, strict=True)
    )
    quoted = by_wamid((each.phone_number_id, each.reply_to_wamid) for each in messages if each.reply_to_wamid)
    belong = [threads[each.phone_number_id, who.id] for each, who in zip(messages, contacts, strict=True)]
    came_at, drafts = moment(), []
    written = [Written(thread, each.sent_at) for thread, each in zip(belong, messages, strict=True)]
    keys = place(written, came_at)
    for each, who, thread, key in zip(messages, contacts, belong, keys, strict=True):
        view = _view(each, key, thread, quoted, came_at)
        drafts.append(_Draft(each, view, who))
        # Those behind it in this batch may quote it.
        quoted.setdefault((each.phone_number_id, each.wamid), view.id)
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
    who = update.sender
    return SenderView(name=who.name, phone=who.phone, user_id=who.user_id) if who else None


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
