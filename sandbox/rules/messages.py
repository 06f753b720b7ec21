"""What Meta checks in the body of POST /{phone-number-id}/messages before it accepts a message.

Pure: every check raises ``GraphError`` and returns nothing. Limits are those of Meta's Messages reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.graph.errors import GraphError, bad_value, invalid_parameter, missing_parameter
from sandbox.rules.interactive import check_interactive
from sandbox.rules.required_text import required_text
from sandbox.rules.templates import check_components

MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
CAPTIONED = ("image", "video", "document")
MAX_CALLBACK_DATA = 512
_NOT_PART_OF_A_NUMBER = re.compile(r"[\s+().-]")
# Opaque; what is nothing but digits is a phone number.
_GROUP = re.compile(r"(?![0-9]+$)[A-Za-z0-9_=+/-]{5,200}")
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def normal_phone(raw: str) -> str:
    """The digits of a phone number; raises 131009 where it is none."""
    digits = _NOT_PART_OF_A_NUMBER.sub("", raw)
    if not digits.isascii() or not digits.isdigit() or not 5 <= len(digits) <= 20:
        raise bad_value(f"Recipient phone number '{raw[:40]}' is not a valid phone number.")
    return digits


def looks_like_bsuid(raw: str) -> bool:
    """Whether a recipient is a business-scoped user id (``CC.`` and letters or digits)."""
    return _BSUID.fullmatch(raw) is not None


def check_message(body: dict[str, Any]) -> None:
    """Raise the ``GraphError`` Meta would answer to this message, or return."""
    check_product(body)
    _check_recipient(body)
    _check_common(body)
    kind = body.get("type", "text")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise GraphError(131051, f"Message type '{str(kind)[:40]}' is not supported.")
    part = body.get(kind)
    if part is None:
        raise missing_parameter(kind)
    check(kind, part)


def check_product(body: dict[str, Any]) -> None:
    """``messaging_product`` must be there and must be WhatsApp."""
    if "messaging_product" not in body:
        raise invalid_parameter("The parameter messaging_product is required.")
    if body["messaging_product"] != "whatsapp":
        raise invalid_parameter("Param messaging_product must be one of {WHATSAPP}.")


def check_read_receipt(body: dict[str, Any]) -> str:
    """The id of the message to mark as read; raises where the body is not a read receipt."""
    check_product(body)
    if body.get("status") != "read":
        raise invalid_parameter("Param status must be one of {READ}.")
    wamid = body.get("message_id")
    if not isinstance(wamid, str) or not wamid:
        raise missing_parameter("message_id")
    typing = body.get("typing_indicator")
    if typing is not None and (not isinstance(typing, dict) or typing.get("type") != "text"):
        raise invalid_parameter("Param typing_indicator['type'] must be one of {TEXT}.")
    return wamid


def _check_recipient(body: dict[str, Any]) -> None:
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise invalid_parameter("The parameter to is required.")
    if body.get("recipient_type", "individual") not in ("individual", "group"):
        raise invalid_parameter("Param recipient_type must be one of {INDIVIDUAL, GROUP}.")
    if recipient is not None and (not isinstance(recipient, str) or not looks_like_bsuid(recipient)):
        raise bad_value("Param recipient must be a business-scoped user id.")
    if to is None:
        return
    if not isinstance(to, str):
        raise invalid_parameter("Param to must be a string.")
    if body.get("recipient_type") == "group":
        if not _GROUP.fullmatch(to):
            raise bad_value(f"Recipient group '{to[:40]}' is not a valid group id.")
    elif not looks_like_bsuid(to):
        normal_phone(to)


def _check_common(body: dict[str, Any]) -> None:
    data = body.get("biz_opaque_callback_data")
    if data is not None and (not isinstance(data, str) or len(data) > MAX_CALLBACK_DATA):
        raise invalid_parameter("Param biz_opaque_callback_data must be at most 512 characters long.")
    context = body.get("context")
    if context is not None:
        required_text(context, "context", "message_id", 512)


def _check_text(_: str, part: Any) -> None:
    required_text(part, "text", "body", 4096)
    if not isinstance(part.get("preview_url", False), bool):
        raise invalid_parameter("Param text['preview_url'] must be a boolean.")


def _check_media(kind: str, part: Any) -> None:
    has = [name for name in ("id", "link") if isinstance(part, dict) and part.get(name)]
    if not has:
        raise missing_parameter(f"{kind}.id or {kind}.link")
    if len(has) == 2:
        raise invalid_parameter(f"Param {kind} must hold either id or link, not both.")
    if has == ["link"] and not str(part["link"]).startswith(("http://", "https://")):
        raise bad_value(f"Param {kind}['link'] must be an http or https URL.")
    caption = part.get("caption")
    if caption is not None and kind not in CAPTIONED:
        raise invalid_parameter(f"Unexpected key 'caption' on param '{kind}'.")
    if caption is not None and (not isinstance(caption, str) or len(caption) > 1024):
        raise invalid_parameter(f"Param {kind}['caption'] must be at most 1024 characters long.")


def _check_location(_: str, part: Any) -> None:
    for name, bound in (("latitude", 90), ("longitude", 180)):
        value = part.get(name) if isinstance(part, dict) else None
        if value is None:
            raise missing_parameter(f"location.{name}")
        try:
            degrees = float(value)
        except (TypeError, ValueError):
            raise invalid_parameter(f"Param location['{name}'] must be a number.") from None
        if not -bound <= degrees <= bound:
            raise bad_value(f"Param location['{name}'] must lie between -{bound} and {bound}.")


def _check_contacts(_: str, part: Any) -> None:
    if not isinstance(part, list) or not part:
        raise missing_parameter("contacts")
    for number, contact in enumerate(part):
        name = contact.get("name") if isinstance(contact, dict) else None
        if name is None:
            raise missing_parameter(f"contacts[{number}].name")
        required_text(name, f"contacts[{number}]['name']", "formatted_name", 1024)


def _check_reaction(_: str, part: Any) -> None:
    required_text(part, "reaction", "message_id", 512)
    emoji = part.get("emoji")
    if emoji is None:
        raise missing_parameter("reaction.emoji")
    if not isinstance(emoji, str) or len(emoji) > 20 or (emoji.isascii() and emoji):
        raise bad_value("Param reaction['emoji'] must be an emoji, or empty to take the reaction back.")


def _check_template(_: str, part: Any) -> None:
    required_text(part, "template", "name", 512)
    language = part.get("language")
    if language is None:
        raise missing_parameter("template.language")
    required_text(language, "template['language']", "code", 15)
    check_components(part.get("components", []))


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "text": _check_text,
    **dict.fromkeys(MEDIA_TYPES, _check_media),
    "location": _check_location,
    "contacts": _check_contacts,
    "reaction": _check_reaction,
    "template": _check_template,
    "interactive": check_interactive,
}
