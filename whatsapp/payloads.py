"""From what an agent asks to send to the body Graph expects, checked against Meta's limits beforehand.

Every wrong field is named at once, so that a person mends a request in one go. Limits after Meta, Cloud API >
Messages (2026-09).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

TEXT_LONGEST = 4096
CALLBACK_LONGEST = 512

Problems = dict[str, str]


def problems_of(kind: Any, content: Any) -> Problems:
    """What is wrong with a message of type ``kind``: field path -> sentence; empty where it may be sent."""
    if not isinstance(kind, str) or kind not in _CHECKS:
        return {"type": f"{kind!r:.60} cannot be sent; use one of: {', '.join(sorted(_CHECKS))}."}
    if not isinstance(content, Mapping):
        return {kind: f"is missing or no object; write the message's own object under {kind!r}."}
    return {f"{kind}.{path}": sentence for path, sentence in _CHECKS[kind](content).items()}


def graph_body(
    kind: str,
    content: Mapping[str, Any],
    *,
    phone: str | None,
    user_id: str | None,
    reply_to_wamid: str | None,
    callback_id: str,
) -> dict[str, Any]:
    """The body of POST /{phone-number-id}/messages.

    A business-scoped user id goes into ``recipient``: Graph accepts it in ``to`` and silently drops the message.
    """
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        kind: dict(content),
        "biz_opaque_callback_data": callback_id,
    }
    if phone:
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


def _check_text(content: Mapping[str, Any]) -> Problems:
    problems = _unknown(content, {"body", "preview_url"})
    body = content.get("body")
    if not isinstance(body, str) or not body.strip():
        problems["body"] = "is missing or empty; write what the customer shall read."
    elif len(body) > TEXT_LONGEST:
        problems["body"] = f"has {len(body)} characters; WhatsApp takes at most {TEXT_LONGEST}."
    elif "\x00" in body or any("\ud800" <= character <= "\udfff" for character in body):
        problems["body"] = "holds a NUL or half a surrogate pair; leave it out."
    if not isinstance(content.get("preview_url", False), bool):
        problems["preview_url"] = "is no boolean; write true or false."
    return problems


def _unknown(content: Mapping[str, Any], known: set[str]) -> Problems:
    return {
        str(key)[:60]: f"is not known here; use only {', '.join(sorted(known))}."
        for key in content
        if key not in known
    }


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Problems]] = {"text": _check_text}
