"""What a customer deletes: of what it said no table knows any more, in whatever order the news came."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models.conversations import conversations
from models.conversations.conversations import Filter
from models.database import database, rows
from models.ledger import dead_letters, event_log, parked
from models.messages import media, messages, outbound
from schema.events import ConversationUpdated, MessageUpdated, NewMessage
from tests.integration.models.tables import (
    NOON,
    NUMBER,
    amendment,
    delivery,
    message,
    one,
    other,
    store,
    store_batch,
    thread,
    view,
)
from whatsapp.inbound.updates import Customer

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

SECRET = "the code is 4711"
PHOTO = {"id": "9", "mime_type": "image/png", "caption": SECRET}
EDIT = {"type": "text", "content": {"body": SECRET}, "preview": SECRET}


def said(**more: Any) -> Any:
    return message(content={"body": SECRET}, preview=SECRET, extra={"referral": {"body": SECRET}}, **more)


def photo(**more: Any) -> Any:
    return message(type="image", content=PHOTO, preview=SECRET, **more)


def everything() -> str:
    """All that every table holds, as text."""
    tables = rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return "".join(
        str(rows(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {name} t")) for (name,) in tables
    )


def buried() -> bytes:
    return b"".join(bytes(row[0]) for row in rows("SELECT body FROM dead_letter"))


def test_a_deleted_message_leaves_who_wrote_when_and_not_what() -> None:
    store(said())
    before = view()
    events = store(amendment("revoke"))
    assert SECRET not in everything()
    left = view()
    assert (left.id, left.created_at, left.wamid) == (before.id, before.created_at, before.wamid)
    assert (left.deleted_at, left.content, left.preview) == (NOON, {}, "Deleted message")
    assert [type(event) for event in events] == [MessageUpdated, ConversationUpdated]
    assert left.revision == before.revision + 1


def test_search_finds_it_no_more() -> None:
    chosen = Filter(text="4711")
    store(said())
    assert conversations.page(chosen, 10, None).items
    store(amendment("revoke"))
    assert conversations.page(chosen, 10, None).items == []


def test_a_list_shows_that_the_last_message_was_deleted() -> None:
    store(said())
    store(amendment("revoke"))
    last = messages.last_of([thread().id])[thread().id]
    assert (last.preview, last.content, last.media) == ("Deleted message", {}, None)


@pytest.mark.parametrize("first", ["reaction", "edit"])
def test_edits_and_reactions_go_with_it_and_none_brings_anything_back(first: str) -> None:
    more = EDIT if first == "edit" else {"emoji": SECRET[:8]}
    store(said(), amendment(first, wamid="wamid.b", **more))
    store(amendment("revoke"))
    store(amendment(first, wamid="wamid.c", at=None, **more))
    assert SECRET[:8] not in everything()
    assert (view().reactions, view().edited_at, view().content) == ((), None, {})


def test_a_revoke_in_the_same_delivery_is_never_told_with_words() -> None:
    events = store(said(), amendment("revoke"))
    new = next(event for event in events if isinstance(event, NewMessage))
    assert (new.message.content, new.message.preview, new.message.media) == ({}, "", None)
    assert SECRET not in everything()
    assert view().deleted_at == NOON


def test_a_message_whose_revoke_came_first_is_stored_without_what_it_said() -> None:
    store(amendment("revoke"))
    (new, *_) = store_batch([delivery(photo())])
    assert isinstance(new, NewMessage)
    assert (new.message.content, new.message.media) == ({}, None)
    assert SECRET not in everything()
    assert one("SELECT count(*) FROM media") == 0
    assert (view().deleted_at, view().preview) == (NOON, "Deleted message")


@pytest.mark.parametrize("order", [("edit", "revoke"), ("revoke", "edit")])
def test_words_that_wait_for_a_message_go_once_its_revoke_waits_too(order: tuple[str, str]) -> None:
    for kind in order:
        store(amendment(kind, wamid=f"wamid.{kind}", **(EDIT if kind == "edit" else {})))
    assert SECRET not in everything()
    assert one("SELECT key FROM parked_update") == "revoke wamid.revoke"


@pytest.mark.parametrize("order", [("reaction", "revoke"), ("revoke", "reaction")])
def test_of_a_reaction_that_waits_with_a_revoke_only_its_time_is_kept_which_opens_the_window(
    order: tuple[str, str],
) -> None:
    reacted = NOON + timedelta(hours=1)
    for kind in order:
        more = {"emoji": SECRET, "at": reacted} if kind == "reaction" else {}
        store(amendment(kind, wamid=f"wamid.{kind}", **more))
    assert SECRET not in everything()
    store(message())
    assert (view().deleted_at, view().reactions) == (NOON, ())
    assert thread().window.expires_at == reacted + timedelta(hours=24)


def test_its_file_is_let_go_and_one_that_is_fetched_meanwhile_does_not_come_back() -> None:
    store(photo())
    key = view().id
    assert media.claim(key, 60) is not None
    assert media.name(key, "a" * 64)
    store(amendment("revoke"))
    assert media.released() == ["a" * 64]
    assert not media.name(key, "a" * 64)
    assert not media.stored(key, "b" * 64, 3, pictured=True)
    assert set(media.released()) == {"a" * 64, "b" * 64}
    assert (media.find(key), view().media, media.due()) == (None, None, [])


def test_a_thumbnail_that_is_made_meanwhile_does_not_come_back() -> None:
    store(photo())
    key = view().id
    media.stored(key, "a" * 64, 3, pictured=True)
    assert media.claim_thumbnail(key, 60) == "a" * 64
    store(amendment("revoke"))
    assert not media.name_thumbnail(key, "c" * 64)
    assert not media.pictured(key, ("c" * 64, 3))
    assert set(media.released()) == {"a" * 64, "c" * 64}


def test_bytes_are_deleted_unless_another_message_has_the_same() -> None:
    store(photo(), photo(wamid="wamid.2"))
    for wamid in ("wamid.1", "wamid.2"):
        media.stored(view(wamid).id, "a" * 64, 3, pictured=False)
    gone: list[str] = []
    store(amendment("revoke"))
    media.delete_released("a" * 64, gone.append)
    assert (gone, media.released()) == ([], [])
    assert media.find(view("wamid.2").id) is not None
    store(amendment("revoke", "wamid.2", "wamid.b"))
    media.delete_released("a" * 64, gone.append)
    assert (gone, media.released()) == (["a" * 64], [])


def test_what_was_kept_raw_of_it_goes() -> None:
    store(said(), other(json.dumps({"id": "wamid.1", "odd": SECRET}).encode(), phone_number_id=NUMBER))
    store(other(b'{"id":"wamid.2"}'))
    store(amendment("revoke"))
    assert SECRET not in everything()
    assert one("SELECT count(*) FROM other_update") == 1


@pytest.mark.parametrize("table", ["event", "event_outbox", "pending_event"])
def test_what_the_event_log_says_of_it_goes(table: str) -> None:
    store(said())
    store(message("wamid.2"))
    events = messages.updates([view().id, view("wamid.2").id])
    events += conversations.updates(conversations.wholes([view().conversation_id]).values())
    with database.atomic():
        event_log.write(events)
    if table != "event":
        rest = ("type, ", ", audience", "at") if table == "event_outbox" else ("", "", "created_at")
        rows(
            f"INSERT INTO {table} ({rest[0]}conversation_id, body{rest[1]}, {rest[2]})"
            f" SELECT {rest[0]}conversation_id, body{rest[1]}, at FROM event ORDER BY position"
        )
        rows("TRUNCATE event")
    store(amendment("revoke"))
    assert SECRET not in everything()
    assert one(f"SELECT count(*) FROM {table} WHERE body LIKE '%%wamid.2%%'") >= 1


def test_what_the_event_log_says_of_it_in_a_conversation_that_was_joined_goes() -> None:
    moved = Customer(phone="16505550999", user_id=None)
    store(said(customer=moved), message("wamid.2"))
    with database.atomic():
        event_log.write(messages.updates([view().id]))
    before = view().conversation_id
    store(message("wamid.3", type="system", moved_to=moved))
    assert view().conversation_id != before
    store(amendment("revoke"))
    assert SECRET not in everything()


def test_a_dead_letter_keeps_its_neighbours_words_and_not_its() -> None:
    texts = [
        {"id": f"wamid.{n}", "from": "1650", "type": "text", "text": {"body": words}}
        for n, words in ((1, SECRET), (2, "Stays"))
    ]
    edit = {"original_message_id": "wamid.1", "message": {"type": "text", "text": {"body": SECRET}}}
    texts.append({"id": "wamid.3", "from": "1650", "type": "edit", "edit": edit})
    body = json.dumps({"entry": [{"changes": [{"value": {"messages": texts}}]}]}).encode()
    dead_letters.bury_delivery("stream entry 1", body, "why")
    dead_letters.bury_delivery("stream entry 2", b"wamid.1 in what is no JSON", "why")
    store(said())
    store(amendment("revoke"))
    assert SECRET.encode() not in buried()
    assert b"Stays" in buried()
    dead_letters.bury_delivery("stream entry 1", body, "again")
    assert SECRET.encode() not in buried()


def test_a_parked_update_that_became_a_dead_letter_loses_its_words() -> None:
    store(amendment("edit", **EDIT))
    rows('UPDATE parked_update SET body = body || \'{"of_tomorrow": 1, "by_customer": "perhaps"}\'')
    store(said())
    parked.collect()
    assert SECRET.encode() in buried()
    store(amendment("revoke"))
    assert SECRET.encode() not in buried()


def test_a_deleted_message_of_ours_is_not_sent_again() -> None:
    store(message(direction="echo"))
    rows("UPDATE message SET direction = 'outbound', status = 'failed'")
    store(amendment("revoke", by_customer=False))
    assert outbound.retry(view().id) == []
