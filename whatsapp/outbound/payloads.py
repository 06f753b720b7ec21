"""From what an agent asks to send to the body Graph expects, checked against Meta's limits beforehand.

Every wrong field is named at once, so that a person mends a request in one go.
"""

from __future__ import annotations

from typing import Any

from whatsapp.outbound.limits import OUTBOUND

CALLBACK_LONGEST = 512

Problems = dict[str, str]


def problems_of(kind: Any, content: Any) -> Problems:
    """What is wrong with a message of type ``kind``: field path -> sentence; empty where it may be sent."""
    if not isinstance(kind, str) or kind not in OUTBOUND:
        return {"type": f"{kind!r:.60} cannot be sent; use one of: {', '.join(sorted(OUTBOUND))}."}
    if content is None:
        return {kind: f"is missing; write the message's own object under {kind!r}."}
    problems: Problems = {}
    for path, sentence in OUTBOUND[kind](content):
        joint = "" if not path or path.startswith("[") else "."
        problems.setdefault(f"{kind}{joint}{path}", sentence)
    return problems


def graph_body(
    kind: str,
    content: Any,
    *,
    phone: str | None,
    user_id: str | None,
    reply_to_wamid: str | None,
    callback_id: str,
    group_id: str | None = None,
) -> dict[str, Any]:
    """The body of POST /{phone-number-id}/messages.

    A business-scoped user id goes into ``recipient``: Graph accepts it in ``to`` and silently drops the message.
    """
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        kind: content,
        "biz_opaque_callback_data": callback_id,
    }
    if group_id:
        body |= {"recipient_type": "group", "to": group_id}
    elif phone:
        body["to"] = phone
    else:
        body["recipient"] = user_id
    if reply_to_wamid:
        body["context"] = {"message_id": reply_to_wamid}
    return body


def read_body(wamid: str, *, typing: bool = False) -> dict[str, Any]:
    """The body that marks a received message read, and shows the typing indicator (25 s) if asked."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    return body
