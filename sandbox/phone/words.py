"""The words a phone shows for a message object, whichever way it goes."""

from __future__ import annotations

from typing import Any


def words_of(message: dict[str, Any]) -> str:
    """A message's text, caption or a short description of what it holds."""
    kind = str(message.get("type", "text"))
    part = message.get(kind)
    if kind == "contacts" and isinstance(part, list):
        return "Contact: " + ", ".join(
            str(_dict(_dict(c).get("name")).get("formatted_name", "?")) for c in part
        )
    part = _dict(part)
    if kind == "location":
        return " ".join(str(part[name]) for name in ("name", "address") if part.get(name)) or "A place"
    if kind == "interactive":
        return _interactive_words(part)
    if kind == "order":
        return f"Order of {len(part.get('product_items') or [])} products. {part.get('text', '')}".strip()
    if kind == "system":
        return str(part.get("body", "System message"))
    words = part.get("body") or part.get("caption") or part.get("text") or part.get("filename")
    return str(words) if words else ""


def _interactive_words(part: dict[str, Any]) -> str:
    for reply in ("button_reply", "list_reply"):
        if isinstance(part.get(reply), dict):
            return str(part[reply].get("title", ""))
    if isinstance(part.get("nfm_reply"), dict):
        return str(part["nfm_reply"].get("body", "Form sent"))
    return str(_dict(part.get("body")).get("text", ""))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
