"""Of message templates."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schema.requests.pages import Page, Word


class ListTemplates(Page, frozen=True, kw_only=True):
    """Which templates: those that are the same in every field that is named."""

    account_id: Word | None = None
    status: Word | None = None
    language: Word | None = None
    name: Annotated[str, Meta(max_length=512)] | None = None
