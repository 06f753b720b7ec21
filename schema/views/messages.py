"""What a client sees of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from schema.views.view import Listed, View


class ErrorView(View, frozen=True):
    """Why a message failed: Meta's code, title and details, Parley's class of it, and what to do."""

    code: int | None
    title: str
    details: str
    class_: str = msgspec.field(name="class")
    advice: str


class ReactionView(View, frozen=True):
    """One reaction to a message; ``from_customer`` tells whose."""

    emoji: str
    from_customer: bool


class MediaView(View, frozen=True):
    """The file of a message: ``status`` is pending, stored or failed; ``size`` in bytes once it is stored;
    ``thumbnail`` says that there is a small picture of it, which comes a moment after the file.

    It is at ``GET /api/v1/media/{message id}`` while it is stored.
    """

    status: str
    mime_type: str
    size: int | None
    thumbnail: bool = False


class SenderView(View, frozen=True):
    """Who wrote a message in a group."""

    name: str
    phone: str | None
    user_id: str | None


class ContextView(View, frozen=True):
    """Whence a message comes: whether its writer forwarded it, and the product of a catalogue that it asks about,
    which is Meta's own object or null."""

    forwarded: bool
    frequently_forwarded: bool
    referred_product: Any


class ShortfallView(View, frozen=True):
    """What WhatsApp could not pass on of a customer's message, in Meta's words."""

    code: int | None
    title: str
    details: str


class PaymentView(View, frozen=True):
    """What became of the bill a message brings: ``status`` is pending, captured or failed. It is about the bill, and
    moves no message's status. ``amount`` and ``transaction`` are Meta's own objects, or null."""

    status: str
    at: datetime
    reference_id: str
    amount: Any
    currency: str
    transaction: Any


class RecipientView(View, frozen=True):
    """How far one member of a group is with a message: ``member`` is their phone or user id, ``error`` why they did
    not get it."""

    member: str
    status: str
    at: datetime
    error: ErrorView | None


class MessageView(View, frozen=True):
    """A message as REST lists it and ``new_message`` carries it.

    ``direction`` is inbound, outbound or echo; ``type`` and ``content`` are named as in the Cloud API;
    ``preview`` is one line of text for lists, or of a known template all that the customer reads;
    ``status_times`` maps a status to when it was reached;
    ``sender`` is null outside groups, and ``recipients`` empty; ``sent_at`` is when a customer, or somebody on the
    phone app, wrote it, by Meta's clock, and ``created_at`` when it came here; ``referral`` is Meta's own object of
    the ad or post that the customer came from; ``errors`` are what is missing of it; ``client_reference`` is what the
    program that sent it calls it.
    """

    id: str
    conversation_id: str
    phone_number_id: str
    direction: str
    type: str
    content: Any
    preview: str
    status: str
    status_times: dict[str, str]
    error: ErrorView | None
    reply_to: str | None
    reactions: tuple[ReactionView, ...]
    edited_at: datetime | None
    deleted_at: datetime | None
    possible_duplicate: bool
    agent_id: str | None
    pricing: Any
    wamid: str | None
    revision: int
    created_at: datetime
    media: MediaView | None = None
    sender: SenderView | None = None
    client_reference: str | None = None
    sent_at: datetime | None = None
    referral: Any = None
    context: ContextView | None = None
    errors: tuple[ShortfallView, ...] = ()
    payment: PaymentView | None = None
    recipients: tuple[RecipientView, ...] = ()


class MessageList(Listed[MessageView], frozen=True):
    """Messages, newest first."""
