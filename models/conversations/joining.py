"""Long conversations that are becoming one: their messages follow in steps, each a short transaction of its own.

From the beginning on there is one conversation for whoever asks. The one that goes keeps its row, without a contact,
while it has messages, because they refer to it; ``conversation_join`` has its id meanwhile, and is empty nearly always.
What is on its way out moves first, so that only a conversation everybody sees has a queue. A step moves what is there
still, so it does not matter where the last one ended, or how.
"""

from __future__ import annotations

from models.database import database, rows

# A step holds its messages for 0.65 s on two crowded cores; news of one of them waits so long.
_STEP = 2000
_UNSENT = "direction = 'outbound' AND status IN ('queued', 'sending')"
_INTO = "conversation_join j JOIN conversation_removed r ON r.id = j.id"
HOMES = f"SELECT r.merged_into FROM {_INTO} JOIN message m ON m.conversation_id = j.id"
"""SQL: the conversations into which messages ``m`` are being joined."""


def home(column: str) -> str:
    """SQL: the conversation that one by this id is shown as: itself, but for one that is being joined with another."""
    return f"coalesce((SELECT r.merged_into FROM {_INTO} WHERE j.id = {column}), {column})"


def parts(column: str) -> str:
    """SQL: a query for the ids under which a conversation's messages are stored: its own, those of joins into it."""
    return f"SELECT {column} AS id UNION ALL SELECT j.id FROM {_INTO} WHERE r.merged_into = {column}"


def parts_of(conversation_id: str) -> list[str]:
    """The ids under which this conversation's messages are stored, its own first."""
    joined = rows(f"SELECT j.id FROM {_INTO} WHERE r.merged_into = %s", (conversation_id,))
    return [conversation_id, *(row[0] for row in joined)]


def begin(theirs: str, ours: str) -> None:
    """Hide a conversation that is noted as removed, and let its messages follow. Must run in a transaction that holds
    it, so that nobody writes into it meanwhile."""
    rows("UPDATE conversation SET contact_id = NULL, unread_count = 0 WHERE id = %s", (theirs,))
    rows("INSERT INTO conversation_join (id) VALUES (%s)", (theirs,))
    while _move(f"conversation_id = %s AND {_UNSENT}", "FOR NO KEY UPDATE", theirs, ours):
        pass


def move_all(theirs: str, ours: str) -> None:
    """Move the messages of a conversation that has few. Must run in a transaction that holds it."""
    while _move("conversation_id = %s", "FOR NO KEY UPDATE", theirs, ours):
        pass


def under_way() -> bool:
    """Whether any messages are still to follow."""
    return bool(rows("SELECT 1 FROM conversation_join LIMIT 1"))


def step() -> bool:
    """Move some more, in a transaction of its own; False where nothing is left, or somebody else is at it."""
    with database.atomic():
        joins = rows("SELECT id FROM conversation_join ORDER BY since, id LIMIT 1 FOR UPDATE SKIP LOCKED")
        for (theirs,) in joins:
            _follow(theirs)
    return bool(joins)


def _follow(theirs: str) -> None:
    # First of all, as the drain does: who holds messages waits for no conversation. It may itself go just now; then the
    # next step finds where to.
    homes = rows(
        "SELECT v.id FROM conversation_removed r JOIN conversation v ON v.id = r.merged_into"
        " WHERE r.id = %s FOR KEY SHARE OF v",
        (theirs,),
    )
    for (ours,) in homes:
        # What others hold is passed over: they may want what this step holds.
        if not _move("conversation_id = %s", "FOR NO KEY UPDATE SKIP LOCKED", theirs, ours):
            _end(theirs)


def _end(theirs: str) -> None:
    """Forget a conversation, unless it has messages that were passed over."""
    rows("SELECT 1 FROM conversation WHERE id = %s FOR UPDATE", (theirs,))
    rows(
        "DELETE FROM conversation v WHERE id = %s"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = v.id)",
        (theirs,),
    )


def _move(which: str, lock: str, theirs: str, ours: str) -> bool:
    """Move the oldest of ``which``, so many that a statement ends well within its time; False where there was none."""
    records = rows(f"SELECT id FROM message WHERE {which} ORDER BY id LIMIT %s {lock}", (theirs, _STEP))
    ids = [row[0] for row in records]
    rows("UPDATE message SET conversation_id = %s WHERE id = ANY(%s::uuid[])", (ours, ids))
    return bool(ids)
