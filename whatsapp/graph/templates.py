"""The templates of an account by way of Graph, all pages. Raises whatsapp.graph.transport's Refused and Unconfirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import structlog

from whatsapp.fields import mapping, mappings, text
from whatsapp.graph.transport import Answer, Transport, Unconfirmed, refusal
from whatsapp.inbound.updates import TemplateNews
from whatsapp.templates.definitions import listed

_log = structlog.get_logger(__name__)
_FIELDS = "id,name,language,status,category,quality_score,rejected_reason,parameter_format,components"
_PAGE = 100
# Meta allows an account 6000 templates (in each language), so this is past any listing.
_MOST_PAGES = 500
_PAGE_LONGEST = 4 * 1024 * 1024


class TemplateClient:
    """The message_templates edge of an account. Threads may share it."""

    def __init__(self, transport: Transport, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s

    def templates(self, account_id: str) -> list[TemplateNews]:
        """Every template of an account, or none of them: raises Refused or Unconfirmed."""
        templates = []
        for body in self._entries(f"{quote(account_id, safe='')}/message_templates"):
            try:
                templates.append(listed(account_id, body))
            except ValueError as error:
                _log.warning("template_unreadable", reason=str(error))
        return templates

    def _entries(self, path: str) -> Iterator[dict[str, Any]]:
        """The entries of all pages. Meta's ``next`` links are not followed: they could lead anywhere."""
        query, seen = {"fields": _FIELDS, "limit": str(_PAGE)}, set[str]()
        for _ in range(_MOST_PAGES):
            page = self._page(f"{path}?{urlencode(query)}")
            yield from mappings(page, "data")
            paging = mapping(page, "paging")
            after = text(mapping(paging, "cursors"), "after")
            if not text(paging, "next") or not after:
                return
            if after in seen:
                raise Unconfirmed("Meta's listing goes round in circles")
            seen.add(after)
            query["after"] = after
        raise Unconfirmed(f"Meta's listing has more than {_MOST_PAGES} pages")

    def _page(self, path: str) -> dict[str, Any]:
        answer = self._transport.call("GET", path, self._timeout_s, longest=_PAGE_LONGEST)
        if answer.status != 200:
            raise refusal(answer)
        return _object(answer)


def _object(answer: Answer) -> dict[str, Any]:
    try:
        page = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("data"), list):
        raise Unconfirmed("Meta answered 200 with something that is no listing")
    return page
