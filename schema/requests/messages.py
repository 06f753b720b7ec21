"""Of messages."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from schema import recipients
from schema.recipients import Recipient
from schema.requests.request import Id, Request, says

REFERENCE_LONGEST = 512
Reference = Annotated[str, Meta(max_length=REFERENCE_LONGEST)]


_CONTENTS = (
    *("audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker"),
    *("template", "text", "video"),
)
_FILE = "01890a5d-ac96-774b-bcce-b302099a8057"
_OBJECT = {"type": ["object", "null"], "additionalProperties": True}
_BUTTONS = {
    "type": "button",
    "body": {"text": "Does Monday suit you?"},
    "action": {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]},
}


def _as_in_the_cloud_api(example: Any) -> Meta:
    """What it may be in detail, whatsapp/outbound/ knows and checks."""
    kind = {"type": ["array", "null"], "items": {"type": "object"}} if isinstance(example, list) else _OBJECT
    said = "As in the Cloud API; what is wrong with it is named field by field."
    return Meta(description=said, examples=[example], extra_json_schema=kind)


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

    type: Annotated[str, Meta(max_length=60, extra_json_schema={"enum": list(_CONTENTS)})]
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

    audio: Annotated[Any, _as_in_the_cloud_api({"id": _FILE})] = None
    contacts: Annotated[Any, _as_in_the_cloud_api([{"name": {"formatted_name": "Ada"}}])] = None
    document: Annotated[Any, _as_in_the_cloud_api({"id": _FILE, "filename": "invoice.pdf"})] = None
    image: Annotated[Any, _as_in_the_cloud_api({"id": _FILE, "caption": "As you asked"})] = None
    interactive: Annotated[Any, _as_in_the_cloud_api(_BUTTONS)] = None
    location: Annotated[Any, _as_in_the_cloud_api({"latitude": 52.52, "longitude": 13.4})] = None
    reaction: Annotated[Any, _as_in_the_cloud_api({"message_id": _FILE, "emoji": "\N{THUMBS UP SIGN}"})] = (
        None
    )
    sticker: Annotated[Any, _as_in_the_cloud_api({"id": _FILE})] = None
    template: Annotated[Any, _as_in_the_cloud_api({"name": "order", "language": {"code": "en"}})] = None
    text: Annotated[Any, _as_in_the_cloud_api({"body": "Hello"})] = None
    video: Annotated[Any, _as_in_the_cloud_api({"id": _FILE})] = None

    CONTENTS: ClassVar[tuple[str, ...]] = _CONTENTS

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
    def joint_problems(cls, valid: dict[str, Any], given: set[str]) -> dict[str, str]:
        problems = _content_problems(valid.get("type"), given)
        if {"reply_to", "context"} <= given:
            problems["context"] = "and reply_to name the message that is answered; give one of them."
        references = {valid.get("client_reference"), valid.get("biz_opaque_callback_data")} - {None}
        if len(references) > 1:
            problems["biz_opaque_callback_data"] = (
                "differs from client_reference, which it is another name of; give one."
            )
        if ("conversation_id" in given) == ("to" in given):
            problems["conversation_id"] = "or else to must be given, and not both."
        elif "to" in valid:
            problems |= recipients.problems(valid["to"], valid.get("recipient_type"))
        return problems


def _content_problems(kind: str | None, given: set[str]) -> dict[str, str]:
    if kind not in SendMessage.CONTENTS:
        return {}  # said of the type
    others = sorted(given.intersection(SendMessage.CONTENTS) - {kind})
    return dict.fromkeys(others, f"is not what a message of type {kind} holds; give {kind} alone.")


class ShowRead(Request, frozen=True, kw_only=True):
    """That a customer's message was read, and with ``typing`` that somebody writes."""

    typing: bool = False
