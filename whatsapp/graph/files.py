"""Files by way of Graph: fetching what a customer sent, uploading what an agent sends.

Both may be tried again whatever happened, so every failure is Refused, and its class says whether to.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec
import requests
from urllib3.exceptions import HTTPError

from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.file_types import named
from whatsapp.graph.addresses import PrivateAddress, PublicAdapter
from whatsapp.graph.deadline import Deadline
from whatsapp.graph.transport import Answer, GraphFault, Refused, Transport, refusal

_CHUNK = 64 * 1024
_INFO_TIMEOUT_S = 20.0
_FILES_AT_ONCE = 8


class Limits(NamedTuple):
    """What one file may cost: total seconds, bytes, and the hosts (with port, if any) it may come from.

    With ``guarded`` it comes over https and from public addresses, except from the Graph host itself, whose
    address the operator chose; a sandbox on this machine is neither.
    """

    seconds: float
    most_bytes: int
    hosts: frozenset[str]
    guarded: bool = True


class FileClient:
    """The media edges of the Cloud API. Threads may share it."""

    def __init__(self, transport: Transport, limits: Limits) -> None:
        self._transport = transport
        self._limits = limits
        if limits.guarded:
            for host in limits.hosts - {urlsplit(transport.base).netloc}:
                transport.session.mount(f"https://{host}/", PublicAdapter(pool_maxsize=_FILES_AT_ONCE))

    def fetch(self, media_id: str, write: Callable[[bytes], object]) -> str:
        """Stream a received file into ``write``; returns the type Meta gives it, or "". Raises Refused.

        The file's address is asked for each time, because it lives for 5 minutes only. The token goes to the
        listed hosts alone, and no redirect is followed.
        """
        info = _read(self._ask("GET", quote(media_id, safe=""), _INFO_TIMEOUT_S))
        with Deadline(self._limits.seconds) as deadline:
            try:
                self._stream(self._checked(str(info.get("url") or "")), write)
            except (requests.RequestException, HTTPError, OSError) as error:
                seconds = self._limits.seconds
                late = f"not complete within {seconds:g} s" if deadline.expired else type(error).__name__
                raise Refused(_passing(f"The file could not be fetched: {late}.")) from None
            except PrivateAddress:
                details = "The file's host resolves to a private address; no token was sent there."
                raise Refused(_final("Media host refused", details)) from None
        kind = info.get("mime_type")
        return kind[:300] if isinstance(kind, str) else ""

    def upload(self, phone_number_id: str, file: BinaryIO, size: int, mime_type: str) -> str:
        """Stream a file of ``size`` bytes to Meta; returns the id Meta gave it. Raises Refused."""
        form = _Form(file, size, mime_type)
        path = f"{phone_number_id}/media"
        answer = self._ask("POST", path, self._limits.seconds, form, form.content_type)
        media_id = _read(answer).get("id")
        if not isinstance(media_id, str) or not media_id:
            raise Refused(_passing("Meta's answer to the upload names no id."))
        return media_id

    def _ask(
        self, method: str, path: str, seconds: float, data: Any = None, content_type: str = ""
    ) -> Answer:
        try:
            answer = self._transport.call(method, path, seconds, data, content_type)
            if answer.status != 200:
                raise refusal(answer)
        except Refused:
            raise
        except GraphFault as lost:
            raise Refused(_passing(str(lost))) from None
        return answer

    def _stream(self, address: str, write: Callable[[bytes], object]) -> None:
        session, left = self._transport.session, self._limits.most_bytes
        with session.get(
            address, timeout=self._limits.seconds, allow_redirects=False, stream=True
        ) as response:
            if response.status_code != 200:
                raise Refused(_passing(f"The file's address answered {response.status_code}."))
            while chunk := response.raw.read(_CHUNK, decode_content=True):
                left -= len(chunk)
                if left < 0:
                    raise Refused(_final("Media too large", "The file is larger than MEDIA_MAX_BYTES."))
                write(chunk)

    def _checked(self, address: str) -> str:
        """The address of a file, if the token may be sent there."""
        parts = urlsplit(address)
        host = parts.netloc
        if self._limits.guarded and parts.scheme != "https":
            raise Refused(_final("Media host refused", "The file's address is not https://."))
        if host not in self._limits.hosts:
            details = f"The file is at {host[:100]!r}, which WHATSAPP_MEDIA_HOSTS does not list."
            raise Refused(_final("Media host refused", details))
        return address


class _Form:
    """A multipart form around a file, read as it is sent, so that no file is ever whole in memory.

    Not an io class: those have a ``tell``, and requests then takes the length for unknown and sends chunks.
    """

    def __init__(self, file: BinaryIO, size: int, mime_type: str) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        line = f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="'
        head = f'{line}messaging_product"\r\n\r\nwhatsapp{line}type"\r\n\r\n{mime_type}'
        # Meta looks at the name too.
        name = named("file", mime_type)
        head += f'{line}file"; filename="{name}"\r\nContent-Type: {mime_type}\r\n\r\n'
        tail = f"\r\n--{boundary}--\r\n"
        # The first boundary has no line break before it.
        self._parts: list[BinaryIO] = [io.BytesIO(head[2:].encode()), file, io.BytesIO(tail.encode())]
        self._length = len(head) - 2 + size + len(tail)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(_CHUNK):
            yield chunk

    def read(self, size: int = -1) -> bytes:
        while self._parts:
            chunk = self._parts[0].read(size)
            if chunk:
                return chunk
            self._parts.pop(0)
        return b""


def _read(answer: Answer) -> dict[str, Any]:
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = f"Meta's answer about the file makes no sense: {type(error).__name__}."
        raise Refused(_passing(reason)) from None


def _passing(details: str) -> GraphProblem:
    return GraphProblem(None, "The file could not be moved", details, ErrorClass.TRANSIENT)


def _final(title: str, details: str) -> GraphProblem:
    return GraphProblem(None, title, details, ErrorClass.MEDIA)
