"""Which files may be sent, by Meta's table of types and sizes.

Source: Meta, Cloud API > Reference > Media > Supported media types (2026-09). Sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

_KB, _MB = 1024, 1024 * 1024
_LONGEST_EXTENSION = 5
_OFFICE = "application/vnd.openxmlformats-officedocument"
OFFICE_TYPES = tuple(
    f"{_OFFICE}.{name}"
    for name in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
"""docx, xlsx and pptx."""

LARGEST: Mapping[str, int] = {
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * _MB),
    **dict.fromkeys(
        (
            *("text/plain", "application/pdf", "application/msword"),
            *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
            *OFFICE_TYPES,
        ),
        100 * _MB,
    ),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    "image/webp": 500 * _KB,
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 * _MB),
}
"""The largest file of each type Meta takes. Any other type is refused."""

# What browsers and phones call some of them.
_ALIASES: Mapping[str, str] = {
    "audio/opus": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
    "image/jpg": "image/jpeg",
}
EXTENSIONS: Mapping[str, str] = {
    "audio/aac": "aac",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "text/plain": "txt",
    "text/csv": "csv",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    **dict(zip(OFFICE_TYPES, ("docx", "xlsx", "pptx"), strict=True)),
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/3gpp": "3gp",
}
"""The extension of files of each type, without its dot."""


def canonical(mime_type: str) -> str:
    """A type as Meta names it: in lower case, without parameters, and by its own name where it has several."""
    plain = mime_type.partition(";")[0].strip().lower()
    return _ALIASES.get(plain, plain)


def named(name: str, mime_type: str) -> str:
    """``name`` with the extension of its type where it has none. A type that is not known adds none."""
    extension = EXTENSIONS.get(canonical(mime_type), "")
    stem, dot, ending = name.rpartition(".")
    has_one = bool(stem and dot and ending.isalnum() and len(ending) <= _LONGEST_EXTENSION)
    return name if has_one or not extension else f"{name}.{extension}"


_KINDS: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "audio": ("audio/",),
    "video": ("video/",),
    # A document may be of any type Meta takes.
    "document": ("",),
}


def fits(kind: str, mime_type: str) -> bool:
    """Whether a file of this type may be sent as a message of this kind."""
    return any(mime_type.startswith(start) for start in _KINDS.get(kind, ()))
