"""Taking what a message said out of JSON as Meta sends it; that it was sent, by whom and when, stays."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

_STAYS = frozenset({"id", "from", "from_user_id", "to", "to_user_id", "group_id", "timestamp", "type"})


def redacted(value: Any, wamids: Collection[str]) -> Any:
    """``value`` without what these messages said, and without the words of edits of them and reactions to them."""
    if isinstance(value, list):
        return [redacted(item, wamids) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("id") in wamids and "type" in value:
        return {key: item for key, item in value.items() if key in _STAYS}
    if value.get("target_wamid") in wamids:
        value = value | {key: empty for key, empty in _PARKED if key in value}
    elif value.get("original_message_id") in wamids and isinstance(value.get("message"), dict):
        # Still an edit as Meta sends it, so that it is read as one.
        kind = str(value["message"].get("type") or "text")
        return value | {"message": {"type": kind, kind: {}}}
    elif value.get("message_id") in wamids and "emoji" in value:
        return value | {"emoji": ""}
    return {key: redacted(item, wamids) for key, item in value.items()}


_PARKED: tuple[tuple[str, Any], ...] = (("content", None), ("preview", ""), ("emoji", ""))
