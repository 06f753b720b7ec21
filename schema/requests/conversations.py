"""Of conversations, and of what is in one."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, UnsetType

from schema.requests.pages import USUAL, Page, Word
from schema.requests.request import Id, Request

EVENTS_MOST = 1000
Status = Literal["open", "pending", "snoozed", "closed"]
STATUSES: tuple[str, ...] = get_args(Status)
Label = Annotated[str, Meta(max_length=60)]


class ListConversations(Page, frozen=True, kw_only=True):
    """Which conversations: ``unread`` those that hold something unread, or nothing; ``q`` those in whose contact's
    name, phone or username, or in whose messages, this stands."""

    status: Status | None = None
    phone_number_id: Word | None = None
    unread: bool | None = None
    q: Word | None = None


class ListMessages(Page, frozen=True, kw_only=True):
    """Which messages of a conversation."""


class ListEvents(Request, frozen=True, kw_only=True):
    """What came after the event of this id."""

    after: Annotated[str, Meta(extra={"missing": "is missing; give the id of the last event you saw."})]
    limit: Annotated[int, Meta(ge=1, le=EVENTS_MOST)] = USUAL


class ChangeConversation(Request, frozen=True, kw_only=True):
    """What is to be other than it is; what is not named stays."""

    status: Status | UnsetType = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    labels: Annotated[list[Label], Meta(max_length=20)] | UnsetType = UNSET
