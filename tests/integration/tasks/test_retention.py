"""Which files go and which stay, held against real tables and real files."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ground.clock import now
from ground.ids import new_id
from models.database import rows
from models.messages import media, messages, uploads
from settings import Settings, groups
from storage.store import DirectoryStore
from tasks import retention
from tasks.retention import delete_unnamed, prefixes_of

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]

EVERYTHING = [f"{number:02x}" for number in range(256)]
DAY_S = 86_400.0
KEEP_30 = Settings(retention=groups.Retention(media_days=30))


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


def keep(store: DirectoryStore, content: bytes, age_days: float = 2) -> str:
    """A stored file, last kept so long ago."""
    with store.incoming() as file:
        file.write(content)
        file.keep()
    at = time.time() - age_days * DAY_S
    os.utime(store.path(file.digest), (at, at))
    return file.digest


def there(store: DirectoryStore, digest: str) -> bool:
    return store.path(digest).exists()


def received(digest: str, thumbnail: str | None = None, age_days: float = 0) -> str:
    """A message with a stored file that came so long ago; returns its id."""
    number, contact, conversation, key = "106540352242922", new_id(), new_id(), new_id()
    rows("INSERT INTO number (phone_number_id) VALUES (%s) ON CONFLICT DO NOTHING", (number,))
    rows("INSERT INTO contact (id, user_id) VALUES (%s, %s)", (contact, f"GB.{contact}"))
    rows(
        "INSERT INTO conversation (id, phone_number_id, contact_id) VALUES (%s, %s, %s)",
        (conversation, number, contact),
    )
    rows(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, status)"
        " VALUES (%s, %s, %s, 'inbound', 'image', '{\"id\": \"1\"}', 'received')",
        (key, conversation, number),
    )
    rows(
        "INSERT INTO media (id, phone_number_id, media_id, mime_type, status, digest, size, thumbnail, thumbnail_size,"
        " created_at) VALUES (%s, %s, '1', 'image/png', 'stored', %s, 1, %s, 1, %s)",
        (key, number, digest, thumbnail, now() - timedelta(days=age_days)),
    )
    return key


def test_a_file_something_names_stays_however_old(store: DirectoryStore) -> None:
    picture, small, sent = (keep(store, word, 900) for word in (b"picture", b"small", b"sent"))
    received(picture, small, age_days=900)
    uploads.add(None, sent, 4, "image/png", "")  # type: ignore[arg-type]
    assert delete_unnamed(store, EVERYTHING) == 0
    assert all(there(store, digest) for digest in (picture, small, sent))


def test_a_file_nothing_names_goes_once_it_is_a_day_old(store: DirectoryStore) -> None:
    old, new = keep(store, b"old"), keep(store, b"new", age_days=0)
    assert delete_unnamed(store, EVERYTHING) == 1
    assert (there(store, old), there(store, new)) == (False, True)


def test_an_erased_messages_file_goes_and_one_it_shared_stays(store: DirectoryStore) -> None:
    alone, shared = keep(store, b"alone"), keep(store, b"shared")
    erased, other = received(alone, shared), received(shared)
    rows("DELETE FROM message WHERE id = %s", (erased,))
    delete_unnamed(store, EVERYTHING)
    assert (there(store, alone), there(store, shared)) == (False, True)
    assert media.find(other) is not None


def test_past_retention_the_file_goes_and_its_message_says_so(store: DirectoryStore) -> None:
    digest, small = keep(store, b"past"), keep(store, b"past, small")
    key = received(digest, small, age_days=31)
    recent = received(keep(store, b"recent"), age_days=29)
    before = messages.views([key])[key].revision
    assert retention.let_go(KEEP_30) == 1
    assert delete_unnamed(store, EVERYTHING) == 2
    assert (media.find(key), media.find(recent) is not None) == (None, True)
    view = messages.views([key])[key]
    assert view.media is not None
    assert (view.media.status, view.revision) == ("failed", before + 1)


def test_uploads_go_past_retention_too(store: DirectoryStore) -> None:
    made = uploads.add(None, keep(store, b"sent long ago"), 13, "image/png", "")  # type: ignore[arg-type]
    rows("UPDATE upload SET created_at = now() - interval '31 days'")
    assert retention.let_go(KEEP_30) == 1
    assert uploads.find(made.id) is None
    assert delete_unnamed(store, EVERYTHING) == 1


def test_without_retention_nothing_is_let_go(store: DirectoryStore) -> None:
    key = received(keep(store, b"for ever"), age_days=9000)
    assert retention.let_go(Settings()) == 0
    assert media.find(key) is not None


def test_a_days_hours_go_once_through_the_whole_store() -> None:
    looked_at = [prefix for hour in range(24) for prefix in prefixes_of(hour)]
    assert sorted(looked_at) == EVERYTHING


def test_an_hours_look_takes_leftovers_along(store: DirectoryStore) -> None:
    leftover = store.directory / "incoming-dead"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, 0))
    retention.run(Settings(), store)
    assert not leftover.exists()


def test_a_store_that_is_away_stops_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for prefix in EVERYTHING:
        (tmp_path / prefix).write_text("no directory")
    retention.run(Settings(), DirectoryStore(tmp_path))
