"""Files agents upload to send: a multipart form, streamed to the store as it comes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import falcon
from falcon.media.multipart import BodyPart, MultipartFormHandler, MultipartParseError

from api import bodies
from api.errors import ApiError, unavailable
from api.operations import operation
from api.resource import Resource
from api.security.rate_limits import Quotas
from api.server.wire import came_whole, wait_for_rest
from models.messages import uploads
from models.messages.uploads import Uploaded
from schema.errors import invalid
from schema.views import UploadView
from storage.store import Incoming, Store, StoreUnavailable
from whatsapp.file_types import LARGEST, canonical
from whatsapp.sniffing import HEAD_BYTES, contradiction
from whatsapp.text import plain_name

_CHUNK = 64 * 1024
# What the form adds to the largest file.
LARGEST_FORM = max(LARGEST.values()) + 64 * 1024
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "The file, under its type."}
    },
}


def at_once(threads: int) -> int:
    """How many of so many threads may wait for the bytes of uploads: a quarter."""
    return max(1, threads // 4)


class UploadsResource(Resource):
    """POST: store a file; its ``id`` stands in a message where Meta's would: ``{"image": {"id": ...}}``.

    A file larger than other bodies may be is read here as it comes, ``limit`` of them at once.
    """

    def __init__(self, store: Store, limit: int, quotas: Quotas) -> None:
        self._store = store
        self._quotas = quotas
        self._limit = limit
        self._places = threading.Semaphore(limit)
        self._forms = MultipartFormHandler()

    @operation(
        "upload_file",
        answer=UploadView,
        status=201,
        errors=(
            "bad_request",
            "invalid",
            "too_slow",
            "length_required",
            "too_large",
            "unsupported_media_type",
        ),
        accepts={"multipart/form-data": {"schema": _FORM}},
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> UploadView:
        """Store a file; its ``id`` stands in a message where Meta's would: ``{"image": {"id": ...}}``."""
        self._quotas.upload(req, resp, req.content_length or 0)
        with self._place(req), _readable_form():
            made = self._take(self._form(req), req.context.agent.id)
        return UploadView(
            id=made.id,
            mime_type=made.mime_type,
            size=made.size,
            filename=made.filename,
            sha256=made.digest,
        )

    @contextlib.contextmanager
    def _place(self, req: falcon.Request) -> Iterator[None]:
        """Raises ApiError busy where as many uploads are under way as may be."""
        if came_whole(req):
            yield
            return
        if not self._places.acquire(blocking=False):
            raise ApiError(
                "busy",
                f"{self._limit} files are being uploaded; nothing was stored. Try again in a few seconds.",
                headers={"Retry-After": "5"},
            )
        try:
            wait_for_rest(req)
            yield
        finally:
            self._places.release()

    def _form(self, req: falcon.Request) -> Iterator[BodyPart]:
        if not (req.content_type or "").startswith("multipart/form-data"):
            raise ApiError(
                "unsupported_media_type", "Send the file as multipart/form-data, in a field named file."
            )
        if req.content_length is None:
            raise ApiError("length_required", "The form has no Content-Length; send one.")
        if req.content_length > LARGEST_FORM:
            raise bodies.too_large(LARGEST_FORM)
        form: Any = self._forms.deserialize(req.bounded_stream, req.content_type, req.content_length)
        return iter(form)

    def _take(self, form: Iterator[BodyPart], agent_id: str) -> Uploaded:
        part = next((field for field in form if field.name == "file"), None)
        if part is None:
            raise invalid({"file": "is missing; put the file into a field of this name."})
        mime_type = canonical(part.content_type or "")
        if mime_type not in LARGEST:
            known = ", ".join(sorted(LARGEST))
            raise invalid({"file": f"is of type {mime_type[:60]!r}; WhatsApp takes {known}."})
        name = _file_name(part)
        with self._store.incoming() as file:
            _copy(part, file, LARGEST[mime_type])
            # A file cut short ends like a whole one; only what has to follow it tells them apart.
            next(form, None)
            _check_bytes(file, mime_type)
            made = uploads.add(agent_id, file.digest, file.size, mime_type, name)
            try:
                file.keep()
            except OSError as error:
                uploads.remove(made.id)
                if isinstance(error, StoreUnavailable):
                    raise unavailable("The media store") from None
                raise
        return made


@contextlib.contextmanager
def _readable_form() -> Iterator[None]:
    """Raises ApiError bad_request where the form's framing or headers are broken."""
    try:
        yield
    except MultipartParseError as error:
        raise ApiError(
            "bad_request", f"The form cannot be read: {error.description or error.title}."
        ) from None
    except UnicodeDecodeError:
        raise ApiError("bad_request", "The form cannot be read: a part's header is not UTF-8.") from None


def _file_name(part: BodyPart) -> str:
    """The last part of the path a browser may have sent, without what no text column holds or turns what is read."""
    name = (part.filename or "").rpartition("/")[2].rpartition("\\")[2]
    return plain_name(name.replace("\0", ""))[:240]


def _copy(part: BodyPart, file: Incoming, largest: int) -> None:
    while chunk := part.stream.read(_CHUNK):
        file.write(chunk)
        if file.size > largest:
            raise bodies.too_large(largest)
    if file.size == 0:
        raise invalid({"file": "is empty."})


def _check_bytes(file: Incoming, mime_type: str) -> None:
    """Raises ApiError invalid where the file is not what its part says. (ASVS 5.2.2)"""
    other = contradiction(file.head(HEAD_BYTES), mime_type)
    if other is not None:
        raise invalid(
            {
                "file": f"is declared as {mime_type!r}, but its bytes are {other!r}; send it under its own type."
            }
        )
