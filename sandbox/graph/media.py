"""Media: upload, look up, download, delete."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import parse_qs

import falcon
from falcon.media.multipart import MultipartFormHandler

from sandbox.fault_play import FaultPlay
from sandbox.faults import FaultBook
from sandbox.graph.errors import GraphError, invalid_parameter, missing_parameter, unknown_object
from sandbox.graph.wire import query_parameters
from sandbox.media import MAX_BYTES, Media, MediaStore
from sandbox.rules.upload_types import check_upload_type
from sandbox.webhooks.updates import Business
from sandbox.wire import Gate, body_bytes

_LARGEST_FORM = MAX_BYTES + 64 * 1024
DOWNLOAD_PATH = "/whatsapp_business/attachments/"


class Uploads:
    """POST /{version}/{phone-number-id}/media, multipart: file, type, messaging_product."""

    def __init__(
        self, gate: Gate, business: Business, media: MediaStore, faults: FaultBook, play: FaultPlay
    ) -> None:
        self._gate = gate
        self._business = business
        self._media = media
        self._faults = faults
        self._play = play

    def on_post(self, req: falcon.Request, resp: falcon.Response, version: str, node: str) -> None:
        self._gate.check(req, version)
        if node != self._business.phone_number_id:
            raise unknown_object(node)
        fault = self._faults.take("media_upload")
        if fault is None or fault.accept:
            resp.media = {"id": self._received(req).id}
        if fault is not None:
            self._play.act(fault, req, resp)

    def _received(self, req: falcon.Request) -> Media:
        fields: dict[str, Any] = query_parameters(req)
        file: tuple[bytes, str, str] | None = None
        for part in _parts(req):
            if part.name == "file":
                data = part.stream.read(MAX_BYTES + 1)
                file = (data, part.content_type or "", part.filename or "")
            else:
                fields[part.name or ""] = part.stream.read(1024).decode("utf-8", "replace")
        if fields.get("messaging_product") != "whatsapp":
            raise invalid_parameter("The parameter messaging_product is required.")
        if file is None:
            raise missing_parameter("file")
        data, mime_type, filename = file
        check_upload_type(mime_type, str(fields.get("type") or ""))
        if not data or len(data) > MAX_BYTES:
            raise GraphError(131053, "The file is empty or larger than 100 MB.")
        return self._media.add(data, mime_type, filename)


def _parts(req: falcon.Request) -> falcon.media.multipart.MultipartForm:
    if not (req.content_type or "").startswith("multipart/form-data"):
        raise invalid_parameter("The request must be multipart/form-data.")
    if req.content_length is not None:
        form: falcon.media.multipart.MultipartForm = req.get_media()
        return form
    body = body_bytes(req, _LARGEST_FORM)
    return MultipartFormHandler().deserialize(io.BytesIO(body), req.content_type, len(body))


class MediaDownload:
    """The URL a look-up gives out: for five minutes, and with the token only."""

    def __init__(self, gate: Gate, media: MediaStore, faults: FaultBook, play: FaultPlay) -> None:
        self._gate = gate
        self._media = media
        self._faults = faults
        self._play = play

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._gate.check_token(req)
        query = {name: values[0] for name, values in parse_qs(req.query_string).items()}
        media_id = query.get("mid", "")
        if not self._media.url_is_good(media_id, query.get("ext", ""), query.get("hash", "")):
            raise falcon.HTTPNotFound(title="This media URL has expired or was never given out.")
        media = self._media.get(media_id)
        resp.data, resp.content_type = media.data, media.mime_type
        fault = self._faults.take("media_download")
        if fault is not None:
            self._play.act(fault, req, resp)
