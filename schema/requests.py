"""What may be asked of the house: one struct a request, with its limits and the sentences of those it breaks.

Read by schema/reading.py, which names everything that is wrong at once. Programs and people ask for the same things:
REST, the shell and the console fill the same structs, and the verbs of actions/ take them.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from schema import recipients
from schema.recipients import Recipient

_EXAMPLE_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
REFERENCE_LONGEST = 512
RATE_MOST = 1000
"""Messages a second: Meta's limit after an upgrade of the number."""


def _says(sentence: str) -> dict[str, str]:
    return {"sentence": sentence}


Id = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        extra=_says("is {value!r}, which is no id; ids look like " + _EXAMPLE_ID + "."),
    ),
]
MetaId = Annotated[
    str, Meta(pattern="^[0-9]{5,32}$", extra=_says("is {value!r}; Meta's ids are 5 to 32 digits."))
]
AccessToken = Annotated[
    str,
    Meta(
        max_length=1000,
        # It goes into a header; Meta's are letters and digits.
        pattern="^[!-~]+$",
        extra=_says("holds something else than printable ASCII; copy it whole."),
    ),
]
SendRate = Annotated[
    float,
    Meta(gt=0, le=RATE_MOST, extra=_says(f"must be messages a second, above 0 and at most {RATE_MOST}.")),
]
Reference = Annotated[str, Meta(max_length=REFERENCE_LONGEST)]
Status = Literal["open", "pending", "snoozed", "closed"]
STATUSES: tuple[str, ...] = get_args(Status)
Label = Annotated[str, Meta(max_length=60)]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for. A request that needs nothing is this."""

    @classmethod
    def joint_problems(cls, found: dict[str, Any], given: set[str]) -> dict[str, str]:
        """What is wrong of several fields together: ``found`` are those that are right by themselves, ``given`` the
        names of all that were given."""
        return {}


class Context(Request, frozen=True, kw_only=True):
    """The Cloud API's way to name the message that is answered, by its id or its wamid."""

    message_id: Annotated[
        str,
        Meta(
            max_length=REFERENCE_LONGEST,
            pattern="^[^\x00]+$",
            extra=_says("must be the id or the wamid of a message of this conversation."),
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
        Meta(extra=_says("is {value!r}; write individual or group, or leave it out.")),
    ] = None
    phone_number_id: Annotated[str, Meta(max_length=500)] | None = None
    reply_to: Id | None = None
    context: Annotated[Context | None, Meta(extra=_says('is no object; write {"message_id": "..."}.'))] = None
    client_reference: Reference | None = None
    biz_opaque_callback_data: Reference | None = None
    messaging_product: Annotated[
        Literal["whatsapp"] | None, Meta(extra=_says('must be "whatsapp", or left out.'))
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


class ChangeConversation(Request, frozen=True, kw_only=True):
    """What is to be other than it is; what is not named stays."""

    status: Status | UnsetType = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    labels: Annotated[list[Label], Meta(max_length=20)] | UnsetType = UNSET


class ChangeNumber(Request, frozen=True, kw_only=True):
    """What is to be other than it is: null forgets the number's own token or rate, what is not named stays."""

    account_id: MetaId | UnsetType = UNSET
    display_number: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    access_token: AccessToken | UnsetType | None = UNSET
    send_rate: SendRate | UnsetType | None = UNSET


class AddNumber(ChangeNumber, frozen=True, kw_only=True):
    """One more number, or more of one that is known."""

    phone_number_id: MetaId


class LogIn(Request, frozen=True, kw_only=True):
    """An agent's address and password; with ``cookie`` the session goes into a cookie and not into the answer."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]
    cookie: bool = False
