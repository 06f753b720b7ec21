"""Received files, for agents: with ranges, and in a way that no browser runs anything."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import quote

import falcon
import structlog

from api.errors import ApiError, unavailable
from api.operations import operation
from api.resource import Resource
from ground.ids import is_id
from models.messages import media
from models.messages.media import Stored
from schema.requests import GetFile
from storage.store import Store, StoreUnavailable
from whatsapp.file_types import canonical, named
from whatsapp.text import plain_name

_log = structlog.get_logger(__name__)

# Shown in place; whatever else, SVG and HTML above all, is only ever saved.
INLINE = frozenset(
    {
        *("image/jpeg", "image/png", "image/webp", "image/gif"),
        *("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"),
        *("video/mp4", "video/3gpp", "video/webm"),
    }
)


_RANGE = {
    "name": "Range",
    "in": "header",
    "description": "One range of bytes (RFC 9110, 14).",
    "schema": {"type": "string"},
    "example": "bytes=0-1023",
}
_NAMES = {"image": "photo", "audio": "audio", "video": "video"}


class MediaResource(Resource):
    """GET: the file of a message, or with ``size=thumbnail`` a small picture of it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @operation(
        "get_file",
        query=GetFile,
        status=(200, 206, 416),
        errors=("not_found",),
        gives={"*/*": {"schema": {"type": "string", "format": "binary"}}},
        parameters=(_RANGE,),
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response, message_id: str, query: GetFile) -> None:
        """The file of a message, or with ``size=thumbnail`` a small picture of it; one range of it, if asked."""
        file = media.find(message_id) if is_id(message_id) else None
        if query.size:
            file = _thumbnail(file)
        opened = self._open(file.digest) if file else None
        if file is None or opened is None:
            raise ApiError("not_found", f"There is no stored file of a message {message_id[:60]!r}.")
        kind = canonical(file.mime_type)
        resp.content_type = kind if kind in INLINE else "application/octet-stream"
        resp.set_header("Content-Disposition", _disposition(kind, _name(file, message_id)))
        resp.set_header("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
        # Whoever sits at the machine after the session ended finds no customer's pictures on its disk. (ASVS 14.3.2)
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Accept-Ranges", "bytes")
        _send(req, resp, opened, file.size)

    def _open(self, digest: str) -> BinaryIO | None:
        try:
            return self._store.open(digest)
        except FileNotFoundError:
            return None
        except StoreUnavailable as error:
            _log.warning("store_unavailable", error=str(error))
            raise unavailable("The media store") from None


def _thumbnail(file: Stored | None) -> Stored | None:
    """The small picture of a picture; the picture itself where there is none, and nothing of other files."""
    if file is None or file.thumbnail is None or file.thumbnail_size is None:
        return file if file and file.mime_type.startswith("image/") else None
    return Stored(file.thumbnail, file.thumbnail_size, "image/webp", "")


def _name(file: Stored, message_id: str) -> str:
    """The name its sender gave it, else what it is and the day it came: an id begins with its time (RFC 9562, 5.7)."""
    if file.filename:
        return named(file.filename, file.mime_type)
    came = datetime.fromtimestamp(int(message_id.replace("-", "")[:12], 16) / 1000, UTC)
    what = _NAMES.get(file.mime_type.partition("/")[0], "document")
    return named(f"{what}-{came:%Y-%m-%d}", file.mime_type)


def _disposition(kind: str, filename: str) -> str:
    place = "inline" if kind in INLINE else "attachment"
    name = quote(plain_name(filename).replace("/", "_").replace("\\", "_")[:150], safe="")
    return f"{place}; filename*=UTF-8''{name}" if name else place


def _send(req: falcon.Request, resp: falcon.Response, file: BinaryIO, size: int) -> None:
    """All of the file, or the one range that was asked for (RFC 9110, 14)."""
    wanted = req.range if req.range_unit == "bytes" else None
    if wanted is None:
        resp.set_stream(file, size)
        return
    first, last = wanted
    first = max(0, size + first) if first < 0 else first
    last = size - 1 if last < 0 or wanted[0] < 0 else min(last, size - 1)
    if first > last:
        file.close()
        resp.status = falcon.HTTP_416
        resp.set_header("Content-Range", f"bytes */{size}")
        return
    file.seek(first)
    resp.status = falcon.HTTP_206
    resp.content_range = (first, last, size)
    resp.set_stream(_Part(file, last - first + 1), last - first + 1)


class _Part(io.RawIOBase):
    """The next ``left`` bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()
        super().close()
