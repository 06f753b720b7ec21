"""Which files may be sent, by Meta's table of types and sizes.

Source: Meta, Cloud API > Reference > Media > Supported media types (2026-09). Sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

_KB, _MB = 1024, 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"

LARGEST: Mapping[str, int] = {
    **dict.fromkeys(("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * _MB),
    **dict.fromkeys(
        (
            *("text/plain", "application/pdf", "application/msword"),
            *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation",
        ),
        100 * _MB,
    ),
    **dict.fromkeys(("image/jpeg", "image/png"), 5 * _MB),
    "image/webp": 500 * _KB,
    **dict.fromkeys(("video/mp4", "video/3gpp"), 16 * _MB),
}
"""The largest file of each type Meta takes. Any other type is refused."""

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
