"""What the version before wrote of events, and died before it published: it goes into the outbox of this one.

Goes with its table (migrations/0011_event_log.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from models.database import rows
from schema.audiences import ALL

# Younger ones are being published by whoever wrote them.
_LEFT_S = 5.0
_ADOPT = """
WITH gone AS (
    DELETE FROM pending_event WHERE created_at < now() - make_interval(secs => %s)
    RETURNING id, conversation_id, body, created_at
)
INSERT INTO event_outbox (type, conversation_id, audience, body, at)
SELECT body::json->>'type', conversation_id, %s, body, created_at FROM (SELECT * FROM gone ORDER BY id) AS ordered
"""


def adopt() -> None:
    """Take over what was left."""
    rows(_ADOPT, (_LEFT_S, ALL))


def forget(message_ids: Sequence[str]) -> None:
    """Delete what is left there of these messages."""
    patterns = [f'%message":{{"id":"{message_id}"%' for message_id in message_ids]
    rows("DELETE FROM pending_event WHERE body LIKE ANY(%s)", (patterns,))
