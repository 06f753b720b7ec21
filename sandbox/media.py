"""Media the business uploaded or a customer sent, held in memory."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sandbox.graph.errors import unknown_object
from sandbox.ids import new_number_id

URL_SECONDS = 300
MAX_BYTES = 100 * 1024 * 1024
MAX_TOTAL_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Media:
    """One file: its id, its bytes and what they are."""

    id: str
    mime_type: str
    data: bytes
    filename: str = ""

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    def webhook_part(self) -> dict[str, Any]:
        """The media object of a webhook; there the sha256 is in base64."""
        part = {
            "mime_type": self.mime_type,
            "sha256": base64.b64encode(self.digest).decode(),
            "id": self.id,
        }
        return part | ({"filename": self.filename} if self.filename else {})

    def info(self, url: str) -> dict[str, Any]:
        """The answer to GET /{media-id}; there the sha256 is in hex."""
        return {
            "url": url,
            "mime_type": self.mime_type,
            "sha256": self.digest.hex(),
            "file_size": len(self.data),
            "id": self.id,
            "messaging_product": "whatsapp",
        }


class MediaStore:
    """Keeps media by id, the newest half gigabyte of it; thread-safe."""

    def __init__(self, url_seconds: float = URL_SECONDS) -> None:
        self._lock = Lock()
        self._media: OrderedDict[str, Media] = OrderedDict()
        self._bytes = 0
        self._key = secrets.token_bytes(16)
        self._url_seconds = url_seconds

    def add(self, data: bytes, mime_type: str, filename: str = "") -> Media:
        """Keep a file and give it an id; the oldest files go where memory would grow too large."""
        media = Media(new_number_id(), mime_type, data, filename)
        with self._lock:
            self._media[media.id] = media
            self._bytes += len(data)
            while self._bytes > MAX_TOTAL_BYTES:
                self._bytes -= len(self._media.popitem(last=False)[1].data)
        return media

    def get(self, media_id: str) -> Media:
        """The media with this id; raises GraphError 100/33."""
        with self._lock:
            media = self._media.get(media_id)
        if media is None:
            raise unknown_object(media_id)
        return media

    def remove(self, media_id: str) -> None:
        """Forget a file; raises GraphError 100/33."""
        with self._lock:
            media = self._media.pop(media_id, None)
            if media is not None:
                self._bytes -= len(media.data)
        if media is None:
            raise unknown_object(media_id)

    def clear(self) -> None:
        """Forget every file."""
        with self._lock:
            self._media.clear()
            self._bytes = 0

    def url_query(self, media_id: str) -> str:
        """The query of a download URL that ends after five minutes."""
        expires = int(time.time() + self._url_seconds)
        return f"mid={media_id}&ext={expires}&hash={self._mark(media_id, expires)}"

    def url_is_good(self, media_id: str, expires: str, mark: str) -> bool:
        """Whether a download URL was made here and has not ended."""
        if not expires.isdigit() or int(expires[:15]) < time.time():
            return False
        return secrets.compare_digest(mark.encode(), self._mark(media_id, int(expires)).encode())

    def _mark(self, media_id: str, expires: int) -> str:
        return hashlib.blake2s(f"{media_id}.{expires}".encode(), key=self._key).hexdigest()[:32]
