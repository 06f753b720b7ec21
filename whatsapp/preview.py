"""One line of text for any message, for lists and notifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whatsapp.inbound.calls import call_preview

LONGEST = 200

_NAMES: Mapping[str, str] = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "voice": "Voice message",
    "document": "Document",
    "sticker": "Sticker",
    "location": "Location",
    "contacts": "Contact",
    "order": "Order",
    "template": "Template",
    "interactive": "Interactive message",
    "button": "Button",
    "reaction": "Reaction",
    "system": "System message",
    "unsupported": "Message type that WhatsApp does not pass on",
}
# Where each type keeps words a person wrote or chose, best first.
_WORDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "text": (("body",),),
    "image": (("caption",),),
    "video": (("caption",),),
    "document": (("caption",), ("filename",)),
    "location": (("name",), ("address",)),
    "button": (("text",),),
    "order": (("text",),),
    "template": (("name",),),
    "reaction": (("emoji",),),
    "system": (("body",),),
    "interactive": (
        ("button_reply", "title"),
        ("list_reply", "title"),
        ("nfm_reply", "body"),
        ("body", "text"),
    ),
}


def preview(kind: str, content: Any) -> str:
    """At most 200 characters on one line: the person's own words, else the name of the type."""
    if kind == "call" and isinstance(content, Mapping):
        return call_preview(content)
    for path in _WORDS.get(kind, ()):
        words = " ".join(_follow(content, path).split())
        if words:
            return words[:LONGEST]
    return _NAMES.get(kind, f"Message of type {kind}"[:LONGEST])


def _follow(content: Any, path: tuple[str, ...]) -> str:
    for key in path:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, str) else ""
