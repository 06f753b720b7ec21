"""Of messages."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from schema import recipients
from schema.recipients import Recipient
from schema.requests.request import Id, Request, says

REFERENCE_LONGEST = 512
Reference = Annotated[str, Meta(max_length=REFERENCE_LONGEST)]


class Context(Request, frozen=True, kw_only=True):
    """The Cloud API's way to name the message that is answered, by its id or its wamid."""

    message_id: Annotated[
        str,
        Meta(
            max_length=REFERENCE_LONGEST,
            pattern="^[^\x00]+$",
            extra=says("must be the id or the wamid of a message of this conversation."),
        ),
    ]


class SendMessage(Request, frozen=True, kw_only=True):
    """A message to send. Its content stands under the name of its ``type``, as in the Cloud API, whose other fields
    are taken too, as people paste them: constants must be right, and ``biz_opaque_callback_data`` is another name of
    ``client_reference``. Source: Meta, Cloud API > Reference > Messages (2026-09)."""

    type: Annotated[str, Meta(max_length=60)]
    to: Annotated[str, Meta(max_length=200)] | None = None
    conversation_id: Id | None = None
    recipient_type: Annotated[
        Literal["individual", "group"] | None,
        Meta(extra=says("is {value!r}; write individual or group, or leave it out.")),
    ] = None
    phone_number_id: Annotated[str, Meta(max_length=500)] | None = None
    reply_to: Id | None = None
    context: Annotated[Context | None, Meta(extra=says('is no object; write {"message_id": "..."}.'))] = None
    client_reference: Reference | None = None
    biz_opaque_callback_data: Reference | None = None
    messaging_product: Annotated[
        Literal["whatsapp"] | None, Meta(extra=says('must be "whatsapp", or left out.'))
    ] = None

    audio: Any = None
    contacts: Any = None
    document: Any = None
    image: Any = None
    interactive: Any = None
    location: Any = None
    reaction: Any = None
    sticker: Any = None
    template: Any = None
    text: Any = None
    video: Any = None

    CONTENTS: ClassVar[tuple[str, ...]] = (
        *("audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker"),
        *("template", "text", "video"),
    )

    @property
    def content(self) -> Any:
        """The message's own object."""
        return getattr(self, self.type)

    @property
    def quoted(self) -> tuple[str, str] | None:
        """The message that is answered: the path of the field that names it, and its id or wamid."""
        if self.context is not None:
            return "context.message_id", self.context.message_id
        return ("reply_to", self.reply_to) if self.reply_to else None

    @property
    def reference(self) -> str | None:
        """What the caller calls this message."""
        return self.client_reference or self.biz_opaque_callback_data

    @property
    def recipient(self) -> Recipient | None:
        """Whom it is for, where no conversation says so."""
        return recipients.read(self.to, self.recipient_type) if self.to else None

    @classmethod
    def joint_problems(cls, found: dict[str, Any], given: set[str]) -> dict[str, str]:
        problems = _content_problems(found.get("type"), given)
        if {"reply_to", "context"} <= given:
            problems["context"] = "and reply_to name the message that is answered; give one of them."
        references = {found.get("client_reference"), found.get("biz_opaque_callback_data")} - {None}
        if len(references) > 1:
            problems["biz_opaque_callback_data"] = (
                "differs from client_reference, which it is another name of; give one."
            )
        if ("conversation_id" in given) == ("to" in given):
            problems["conversation_id"] = "or else to must be given, and not both."
        elif "to" in found:
            problems |= recipients.problems(found["to"], found.get("recipient_type"))
        return problems


def _content_problems(kind: str | None, given: set[str]) -> dict[str, str]:
    if kind not in SendMessage.CONTENTS:
        return {}  # said of the type
    others = sorted(given.intersection(SendMessage.CONTENTS) - {kind})
    return dict.fromkeys(others, f"is not what a message of type {kind} holds; give {kind} alone.")


class ShowRead(Request, frozen=True, kw_only=True):
    """That a customer's message was read, and with ``typing`` that somebody writes."""

    typing: bool = False
