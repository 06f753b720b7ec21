"""A file is what its bytes are: each type WhatsApp takes is known by them, and nothing passes for another."""

from __future__ import annotations

import itertools

import pytest

from api.resources.media import INLINE
from tests.unit.whatsapp.filesamples import (
    AMR,
    FRAMES,
    HTML,
    OF_TYPE,
    OGG,
    OLE,
    PDF,
    PROGRAM,
    SVG,
    media_box,
    picture,
    zipped,
)
from whatsapp.file_types import LARGEST, canonical
from whatsapp.sniffing import DECIDED, HEAD_BYTES, UNKNOWN, contradiction

JPEG, PNG, DOCX = picture("JPEG"), picture("PNG"), zipped("[Content_Types].xml", "word/document.xml")
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(("mime_type", "content"), OF_TYPE)
def test_a_file_agrees_with_its_type(mime_type: str, content: bytes) -> None:
    assert contradiction(content[:HEAD_BYTES], mime_type) is None


def test_there_is_a_sample_of_every_type_that_is_taken_or_shown() -> None:
    sampled = {canonical(mime_type) for mime_type, _ in OF_TYPE}
    assert set(LARGEST) | {canonical(mime_type) for mime_type in INLINE} <= sampled == DECIDED


@pytest.mark.parametrize(
    ("mime_type", "content", "expected"),
    [
        ("image/png", JPEG, "image/jpeg"),
        ("image/jpeg", PNG, "image/png"),
        ("image/png", picture("WEBP"), "image/webp"),
        ("image/webp", b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(20), "audio/wave"),
        ("image/jpeg", media_box(b"heic", b"mif1"), "image/heif"),
        ("video/mp4", media_box(b"heic", b"mif1"), "image/heif"),
        ("video/3gpp", media_box(b"heic", b"mif1"), "image/heif"),
        ("video/mp4", media_box(b"qt  "), "video/quicktime"),
        ("video/mp4", FRAMES, "audio/mpeg"),
        ("audio/mpeg", media_box(b"isom", b"mp42"), "video/mp4"),
        ("audio/mpeg", OGG, "audio/ogg"),
        ("audio/aac", JPEG, "image/jpeg"),
        ("audio/aac", PNG, "image/png"),
        ("audio/amr", OGG, "audio/ogg"),
        ("audio/ogg", AMR, "audio/amr"),
        ("audio/ogg", PROGRAM, "application/vnd.microsoft.portable-executable"),
        ("application/pdf", PROGRAM, "application/vnd.microsoft.portable-executable"),
        ("application/pdf", DOCX, "application/zip"),
        ("application/msword", DOCX, "application/zip"),
        ("application/msword", b"{\\rtf1\\ansi hello}", "text/plain"),
        (WORD, PDF, "application/pdf"),
        ("application/vnd.ms-excel", b"a,b\n1,2\n", "text/plain"),
        ("image/png", OLE, "application/x-ole-storage"),
        ("image/png", bytes(range(256)), UNKNOWN),
        ("image/png", b"x", "text/plain"),
        ("image/png", PDF, "application/pdf"),
        ("text/plain", PNG, "image/png"),
        ("text/plain", bytes(64), UNKNOWN),
        ("text/plain", b"%PDF-1.4\n1 0 obj", "application/pdf"),
        ("text/plain", HTML, "text/html"),
        ("text/csv", DOCX, "application/zip"),
    ],
)
def test_another_file_is_told_from_it(mime_type: str, content: bytes, expected: str | None) -> None:
    assert contradiction(content[:HEAD_BYTES], mime_type) == expected


# Some signatures in the library's list are written out in letters.
DISGUISES = (b"", b" \r\n\t\x0c", b"\xef\xbb\xbf", b"\\x89PNG", b"\\377\\330\\377", b"#!AMR\\n", b"%PDF-")
WORDS = [
    HTML,
    SVG,
    b"<?xml version='1.0'?>\n" + SVG,
    b"<ScRiPt>1</script>",
    b"<!-- x --><b>y</b>",
    b"<body/onload=x>",
]


@pytest.mark.parametrize("mime_type", sorted(DECIDED - {"application/pdf", "text/plain", "text/csv"}))
def test_markup_is_no_picture_sound_film_or_document(mime_type: str) -> None:
    # Signatures at a file's end are not what it is.
    for before, words, after in itertools.product(DISGUISES, WORDS, (b"", b"\xff\xd9")):
        assert contradiction(before + words + after, mime_type) is not None


@pytest.mark.parametrize("words", WORDS)
def test_markup_is_no_text_and_no_pdf_that_has_one_within(words: bytes) -> None:
    named = {
        contradiction(words + PDF, mime_type) for mime_type in ("text/plain", "text/csv", "application/pdf")
    }
    assert named in ({"text/html"}, {"image/svg+xml"})


@pytest.mark.parametrize(
    "mime_type", ["", "application/zip", "text/html", "image/svg+xml", "image/heic", "nonsense"]
)
def test_of_a_type_that_is_only_ever_saved_nothing_is_said(mime_type: str) -> None:
    assert mime_type not in INLINE
    assert contradiction(HTML, mime_type) is None


def test_no_file_is_too_short_to_be_looked_at() -> None:
    for mime_type, content in OF_TYPE:
        for length in (0, 1, 4, 7, 11):
            contradiction(content[:length], mime_type)
