"""What a file is, by its first bytes: whether they contradict the type its sender declares.

The signatures are puremagic's. Here is which of them a declared type stands or falls by, and what has no signature:
text and markup (WHATWG, MIME Sniffing, 3 and 7.1), the many brands of ISO media (ISO/IEC 14496-12, 4.3), a PDF that
does not begin at once (ISO 32000-1, annex H.3.4.1).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import puremagic

from whatsapp.file_types import EXTENSIONS, LARGEST, OFFICE_TYPES, canonical

HEAD_BYTES = 4096
"""How much of a file is looked at; more changes nothing."""

UNKNOWN = "application/octet-stream"
"""The type of bytes that nobody knows, and of a file that is not what it is said to be."""

_TEXTS = frozenset({"text/plain", "text/csv"})
_ISO_MEDIA = frozenset({"video/mp4", "video/3gpp", "audio/mp4"})
DECIDED = frozenset(LARGEST) | _TEXTS | {"image/gif", "video/webm"}
"""The declared types that bytes can contradict. Any other is only ever saved, never shown."""

# These may begin with frames that look like nothing, or with rubbish, which players skip.
_LOOSE = frozenset({"audio/mpeg", "audio/aac"})
_BY_EXTENSION = {extension: mime_type for mime_type, extension in EXTENSIONS.items()}
_OLE, _ZIP = "application/x-ole-storage", "application/zip"
_ALSO: Mapping[str, frozenset[str]] = {
    # With a tag in front.
    "audio/aac": frozenset({"audio/mpeg"}),
    # With a password.
    **dict.fromkeys(OFFICE_TYPES, frozenset({_OLE})),
}

_MARKUP = re.compile(
    rb"<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|form|img)[\s>/]"
    rb"|<!--|<\?xml|<svg[\s>]|<!doctype svg",
    re.IGNORECASE,
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_PDF_WITHIN = 1024
# Signatures further in are met by chance, and those this short say little.
_FURTHEST = 12
_TELLING_BYTES = 3


class _Sign(NamedTuple):
    """A signature that was found: what it is one of, and how many bytes it has."""

    mime_type: str
    length: int


def contradiction(head: bytes, mime_type: str) -> str | None:
    """What a file is that begins with ``head`` (HEAD_BYTES of it, or all), where that is not its ``mime_type``.

    None where the two agree, and where nothing can tell. UNKNOWN where the type would show in its bytes and does not.
    """
    declared = canonical(mime_type)
    if declared not in DECIDED:
        return None
    markup, text = _markup(head), _is_text(head)
    if declared in _TEXTS:
        plain = text and not markup and not head.startswith(b"%PDF-")
        return None if plain else markup or _named(_signs(head))
    if markup or (text and not _is_pdf(head)):
        return markup or "text/plain"
    signs = _signs(head)
    if _agree(declared, signs):
        return None
    if declared in _LOOSE:
        kind = _named([sign for sign in signs if sign.length >= _TELLING_BYTES])
        return kind if kind != UNKNOWN else None
    return _named(signs)


def _markup(head: bytes) -> str:
    """What a browser could run, or "": it overlooks white space, and so is overlooked here."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not _MARKUP.match(start):
        return ""
    return "image/svg+xml" if re.search(rb"<svg[\s>]", start, re.IGNORECASE) else "text/html"


def _is_text(head: bytes) -> bool:
    """Whether it is text in any encoding: no binary byte, or the mark of UTF-16."""
    return head.startswith(_UTF16) or not _BINARY.search(head)


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head[:_PDF_WITHIN]


def _signs(head: bytes) -> list[_Sign]:
    """The signatures that a file begins with, longest first, and those of what WhatsApp takes before others."""
    signs = set(_looked_up(head))
    if _is_pdf(head):
        signs.add(_Sign("application/pdf", len(b"%PDF-")))
    # Pictures (HEIC) and QuickTime come in this box too, and have signatures; brands of sound and film, not all.
    others = any(sign.mime_type.startswith(("image/", "video/quicktime")) for sign in signs)
    if head[4:8] == b"ftyp" and not others:
        signs |= {_Sign(mime_type, len(b"ftypxxxx")) for mime_type in _ISO_MEDIA}
    return sorted(signs, key=lambda sign: (-sign.length, sign.mime_type not in DECIDED, sign.mime_type))


def _looked_up(head: bytes) -> Iterator[_Sign]:
    """What puremagic finds: each by its type and by that of its extension, which are not always one."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return
    for match in matches:
        # One at the end has an offset from there. RIFF or ftyp alone is a container of anything.
        if 0 <= match.offset <= _FURTHEST and not match.byte_match.endswith((b"RIFF", b"ftyp")):
            extension = match.extension.lower().removeprefix(".")
            for mime_type in (canonical(match.mime_type), _BY_EXTENSION.get(extension, "")):
                if mime_type not in ("", UNKNOWN):
                    yield _Sign(mime_type, len(match.byte_match))


def _agree(declared: str, signs: Sequence[_Sign]) -> bool:
    named = {declared} | _ALSO.get(declared, frozenset())
    return any(sign.mime_type in named for sign in signs)


def _named(signs: Sequence[_Sign]) -> str:
    """What to call a file with these signatures: a container by its own name, not by one of all it may hold."""
    names = [sign.mime_type for sign in signs]
    return next((name for name in (_ZIP, _OLE, *names) if name in names), UNKNOWN)
