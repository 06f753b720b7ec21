"""Files agents upload to send: a multipart form, streamed to the store as it comes."""

from __future__ import annotations

from typing import Any

import falcon
from falcon.media.multipart import BodyPart, MultipartFormHandler, MultipartParseError

from api import answers, bodies
from api.errors import ApiError, unavailable
from models import upload
from tasks.store import Incoming, Store, StoreUnavailable
from whatsapp.filetypes import LARGEST

_CHUNK = 64 * 1024
# What the form adds to the largest file.
LARGEST_FORM = max(LARGEST.values()) + 64 * 1024


class UploadsResource:
    """POST: store a file; its ``id`` stands in a message where Meta's would: ``{"image": {"id": ...}}``."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._forms = MultipartFormHandler()

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        part = self._file_part(req)
        mime_type = (part.content_type or "").partition(";")[0].strip().lower()
        if mime_type not in LARGEST:
            known = ", ".join(sorted(LARGEST))
            bodies.raise_invalid({"file": f"is of type {mime_type[:60]!r}; WhatsApp takes {known}."})
        with self._store.incoming() as file:
            _copy(part, file, LARGEST[mime_type])
            try:
                file.keep()
            except StoreUnavailable:
                raise unavailable("The media store") from None
        name = (part.filename or "").rpartition("/")[2].rpartition("\\")[2][:240]
        made = upload.add(req.context.agent.id, file.digest, file.size, mime_type, name)
        told = {
            "id": made.id,
            "mime_type": mime_type,
            "size": made.size,
            "filename": name,
            "sha256": made.digest,
        }
        answers.write(resp, told, 201)

    def _file_part(self, req: falcon.Request) -> BodyPart:
        if not (req.content_type or "").startswith("multipart/form-data"):
            raise ApiError(
                "unsupported_media_type", "Send the file as multipart/form-data, in a field named file."
            )
        if req.content_length is None:
            raise ApiError("length_required", "The form has no Content-Length; send one.")
        if req.content_length > LARGEST_FORM:
            raise bodies.too_large(LARGEST_FORM)
        form: Any = self._forms.deserialize(req.bounded_stream, req.content_type, req.content_length)
        try:
            for part in form:
                if part.name == "file":
                    return part  # type: ignore[no-any-return]
        except MultipartParseError as error:
            raise ApiError(
                "bad_request", f"The form cannot be read: {error.description or error.title}."
            ) from None
        bodies.raise_invalid({"file": "is missing; put the file into a field of this name."})
        raise AssertionError("unreachable")


def _copy(part: BodyPart, file: Incoming, largest: int) -> None:
    try:
        while chunk := part.stream.read(_CHUNK):
            file.write(chunk)
            if file.size > largest:
                raise bodies.too_large(largest)
    except MultipartParseError as error:
        raise ApiError(
            "bad_request", f"The form ends too early: {error.description or error.title}."
        ) from None
    if file.size == 0:
        bodies.raise_invalid({"file": "is empty."})
