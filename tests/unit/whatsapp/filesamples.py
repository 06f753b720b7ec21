"""A small file of each type that WhatsApp takes, and of some that it does not, as programs in use write them."""

from __future__ import annotations

import codecs
import io
import zipfile

from PIL import Image

_OFFICE = "application/vnd.openxmlformats-officedocument"


def picture(form: str, **more: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((16, 16), 40).convert("RGB").save(made, form, **more)
    return made.getvalue()


def media_box(brand: bytes, *others: bytes) -> bytes:
    """The first box of ISO media (ISO/IEC 14496-12, 4.3), and the beginning of another."""
    box = b"ftyp" + brand + bytes(4) + b"".join(others)
    return (len(box) + 4).to_bytes(4, "big") + box + b"\x00\x00\x00\x08mdat" + bytes(24)


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, f"<{name}>")
    return made.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes.fromhex("3e000300feff0900") + b"\xff" * 600
HTML = b"<!DOCTYPE html>\n<script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(120)
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(8)
FRAMES = b"\xff\xfb\x90\x64" + bytes(413)
AMR = b"#!AMR\n\x3c\x91\x17\x16\xbe\x66\x79\xe1\xe0\x01\xe7\xaf\xf0\x00"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"

OF_TYPE: list[tuple[str, bytes]] = [
    ("image/jpeg", picture("JPEG")),
    ("image/jpeg", picture("JPEG", progressive=True, exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00")),
    ("image/png", picture("PNG")),
    ("image/webp", picture("WEBP")),
    ("image/webp", picture("WEBP", lossless=True)),
    ("image/gif", picture("GIF")),
    *(
        ("video/mp4", media_box(brand, b"isom"))
        for brand in (b"isom", b"iso2", b"iso5", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV")
    ),
    *(("video/3gpp", media_box(brand, b"isom")) for brand in (b"3gp4", b"3gp5", b"3gp6", b"3gr7")),
    *(("audio/mp4", media_box(brand, b"isom")) for brand in (b"M4A ", b"mp42", b"isom", b"3gp4")),
    ("video/webm", bytes.fromhex("1a45dfa39f4286810142f7810142f281044282847765626d")),
    ("audio/aac", b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(40)),
    ("audio/aac", b"\xff\xf9\x50\x80\x02\x1f\xfc" + bytes(40)),
    ("audio/aac", b"\xff\xf8\x50\x80\x02\x1f\xfc" + bytes(40)),
    ("audio/amr", AMR),
    ("audio/amr", b"#!AMR-WB\n\x04" + bytes(40)),
    ("audio/mpeg", b"ID3\x04\x00\x00\x00\x00\x00\x23TSSE" + bytes(40)),
    *(("audio/mpeg", start + FRAMES[2:]) for start in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xe3")),
    ("audio/mpeg", bytes(700) + FRAMES),
    ("audio/ogg", OGG),
    ("audio/ogg; codecs=opus", OGG),
    ("audio/opus", OGG),
    ("application/pdf", PDF),
    ("application/pdf", b"\xef\xbb\xbf\r\n" + PDF),
    ("application/pdf", b"%!PS-Adobe-3.0 PDF-1.4\n" + PDF),
    *(
        (mime_type, OLE)
        for mime_type in ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")
    ),
    (f"{_OFFICE}.wordprocessingml.document", zipped("[Content_Types].xml", "word/document.xml")),
    (f"{_OFFICE}.wordprocessingml.document", zipped("_rels/.rels", "word/document.xml")),
    (f"{_OFFICE}.spreadsheetml.sheet", zipped("[Content_Types].xml", "xl/workbook.xml")),
    # With a password.
    (f"{_OFFICE}.spreadsheetml.sheet", OLE),
    (f"{_OFFICE}.presentationml.presentation", zipped("[Content_Types].xml", "ppt/presentation.xml")),
    ("text/plain", b"x"),
    ("text/plain", "Grüße, ß € und 你好\n".encode()),
    ("text/plain", "Grüße".encode("latin-1")),
    ("text/plain", "20 € – “net”".encode("cp1252")),
    ("text/plain", "こんにちは".encode("shift_jis")),
    ("text/plain", codecs.BOM_UTF16_LE + "Notepad".encode("utf-16-le")),
    ("text/plain", ("a" * 4095 + "ß").encode()),
    ("text/plain", b"BMW, MZ, PK, ID3, II* and RIFF are words too"),
    ("text/plain", b"<3 you, a < b > c"),
    ("text/csv", b"name;total\r\nAda;12,50\r\n"),
]
"""(declared type, the beginning of such a file)."""
