"""What stands around a message, read from the fields of Meta's that are kept beside its content."""

from __future__ import annotations

from typing import Any

from schema.views import ContextView, ShortfallView
from whatsapp.fields import mapping, mappings, number, text

Extra = dict[str, Any] | None


def referral(extra: Extra) -> dict[str, Any] | None:
    """The ad or post that the customer came from."""
    return mapping(extra or {}, "referral") or None


def context(extra: Extra) -> ContextView | None:
    """None where nothing is told but what is quoted, which ``reply_to`` says."""
    fields = mapping(extra or {}, "context")
    often = fields.get("frequently_forwarded") is True
    view = ContextView(
        forwarded=often or fields.get("forwarded") is True,
        frequently_forwarded=often,
        referred_product=mapping(fields, "referred_product") or None,
    )
    return view if view.forwarded or view.referred_product else None


def errors(content: Any, extra: Extra) -> tuple[ShortfallView, ...]:
    """A type without an object of its own keeps them in its content, any other beside it."""
    beside = mappings(extra or {}, "errors")
    problems = beside or (mappings(content, "errors") if isinstance(content, dict) else [])
    return tuple(
        ShortfallView(
            code=number(problem, "code"),
            title=text(problem, "title"),
            details=text(mapping(problem, "error_data"), "details") or text(problem, "message"),
        )
        for problem in problems
    )
