"""Customers who change their number or their user id: one person, one contact, one history."""

from __future__ import annotations

from collections.abc import Iterable

from models.conversations import joining
from models.database import rows
from whatsapp.inbound.updates import Customer

# What other deliveries wait for: 60 us a message on two busy cores. Where there are more, they follow afterwards.
_AT_ONCE = 1000


def hold(to: Iterable[Customer]) -> None:
    """Lock what the news of these new phones and user ids may join, before the transaction changes any of it.

    Who writes into a conversation holds its key, and would wait for our change of it while we wait for the key.
    """
    wanted = list(to)
    if wanted:
        rows(
            "SELECT v.id FROM conversation v JOIN contact c ON c.id = v.contact_id"
            " WHERE c.phone = ANY(%s) OR c.user_id = ANY(%s) ORDER BY v.id FOR UPDATE OF v",
            ([customer.phone for customer in wanted], [customer.user_id for customer in wanted]),
        )


def move(contact_id: str, to: Customer) -> None:
    """Give a contact the new phone or user id of its person. Must run in a transaction.

    Where messages from the new one came first, they made a contact of their own: its history is taken over.
    """
    others = rows(
        "SELECT id FROM contact WHERE id <> %s AND (phone = %s OR user_id = %s) ORDER BY id FOR UPDATE",
        (contact_id, to.phone, to.user_id),
    )
    for (other_id,) in others:
        _take_over(contact_id, other_id)
    rows(
        "UPDATE contact SET phone = coalesce(%s, phone), user_id = coalesce(%s, user_id) WHERE id = %s",
        (to.phone, to.user_id, contact_id),
    )


def _take_over(contact_id: str, other_id: str) -> None:
    """Make another contact's conversations this one's: joined where both have one on the same number."""
    pairs = rows(
        "SELECT theirs.id, ours.id FROM conversation theirs LEFT JOIN conversation ours"
        " ON ours.contact_id = %s AND ours.phone_number_id = theirs.phone_number_id WHERE theirs.contact_id = %s",
        (contact_id, other_id),
    )
    for theirs, ours in pairs:
        if ours is None:
            rows("UPDATE conversation SET contact_id = %s WHERE id = %s", (contact_id, theirs))
        else:
            _join(theirs, ours)
    rows(
        "UPDATE contact c SET marketing_opted_out_at = o.marketing_opted_out_at,"
        " marketing_told_at = o.marketing_told_at FROM contact o WHERE c.id = %s AND o.id = %s"
        " AND o.marketing_told_at > coalesce(c.marketing_told_at, '-infinity')",
        (contact_id, other_id),
    )
    rows("DELETE FROM contact WHERE id = %s", (other_id,))


def _join(theirs: str, ours: str) -> None:
    # Whoever writes into it has finished before the messages are looked for.
    rows("SELECT id FROM conversation WHERE id = %s FOR UPDATE", (theirs,))
    rows(
        "UPDATE conversation v SET unread_count = v.unread_count + t.unread_count,"
        " window_expires_at = greatest(v.window_expires_at, t.window_expires_at),"
        " last_message_at = greatest(v.last_message_at, t.last_message_at),"
        " last_message_id = greatest(v.last_message_id, t.last_message_id)"
        " FROM conversation t WHERE v.id = %s AND t.id = %s",
        (ours, theirs),
    )
    rows("UPDATE conversation_removed SET merged_into = %s WHERE merged_into = %s", (ours, theirs))
    rows("INSERT INTO conversation_removed (id, merged_into) VALUES (%s, %s)", (theirs, ours))
    if _is_long(theirs):
        joining.begin(theirs, ours)
    else:
        joining.move_all(theirs, ours)
        rows("DELETE FROM conversation WHERE id = %s", (theirs,))


def _is_long(conversation_id: str) -> bool:
    records = rows(
        "SELECT 1 FROM message WHERE conversation_id = %s OFFSET %s LIMIT 1", (conversation_id, _AT_ONCE)
    )
    return bool(records)


def merged_into(conversation_id: str) -> str | None:
    """The conversation that a removed one was joined with; None where it was not."""
    records = rows("SELECT merged_into FROM conversation_removed WHERE id = %s", (conversation_id,))
    return records[0][0] if records else None
