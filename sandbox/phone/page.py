"""The phone page and what it asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import BoundedSemaphore

import falcon

from sandbox.graph.errors import GraphError
from sandbox.media import MediaStore
from sandbox.phone.customers import customer_from
from sandbox.phone.feed import Feed
from sandbox.phone.phones import Phone
from sandbox.wire import body_bytes, control_json

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
MAX_LISTENERS = 24
MAX_UPLOAD = 16 * 1024 * 1024
PAGE_POLICY = "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
SHOWN_INLINE = ("image/png", "image/jpeg", "image/webp", "image/gif")


class Page:
    """GET /: the phone."""

    def on_get(self, _: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", PAGE_POLICY)
        resp.set_header("Cache-Control", "no-cache")
        resp.data = (STATIC / "index.html").read_bytes()


class StaticFile:
    """GET /static/{name}: what the page is made of.

    A resource of its own: Falcon's static routes come after every other, and the graph's
    ``/{version}/{id}`` would answer first.
    """

    def __init__(self) -> None:
        self._files = {file.name: file for file in STATIC.iterdir() if file.suffix in TYPES}

    def on_get(self, _: falcon.Request, resp: falcon.Response, name: str) -> None:
        file = self._files.get(name)
        if file is None:
            raise falcon.HTTPNotFound
        resp.content_type = TYPES[file.suffix]
        resp.set_header("Cache-Control", "no-cache")
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.data = file.read_bytes()


class Snapshot:
    """GET /sandbox/phone?customer=: customers, one chat, and the cursor to listen from."""

    def __init__(self, phone: Phone, feed: Feed) -> None:
        self._phone = phone
        self._feed = feed

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        cursor = self._feed.cursor()
        resp.media = {"cursor": cursor, **self._phone.snapshot(req.get_param("customer") or "")}


class Events:
    """GET /sandbox/phone/events?since=: server-sent events; Last-Event-ID wins after a reconnect."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._places = BoundedSemaphore(MAX_LISTENERS)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        if not self._places.acquire(blocking=False):
            raise falcon.HTTPServiceUnavailable(title="Too many open phone pages.", retry_after=5)
        since = req.get_header("Last-Event-ID") or req.get_param("since") or ""
        resp.content_type = "text/event-stream"
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Connection", "close")
        resp.stream = Listener(self._lines(since), self._places)

    def _lines(self, since: str) -> Iterator[bytes]:
        yield b"retry: 1000\n\n"
        for news in self._feed.listen(since):
            if news is None:
                yield b": still here\n\n"
            else:
                data = json.dumps(news.data)
                yield f"id: {news.cursor}\nevent: {news.name}\ndata: {data}\n\n".encode()


class Listener:
    """An event stream that gives its place back when the server is done with it, however that comes."""

    def __init__(self, lines: Iterator[bytes], places: BoundedSemaphore) -> None:
        self._lines = lines
        self._places = places
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        if self._open:
            self._open = False
            self._places.release()


class Customers:
    """POST /sandbox/customers ``{"name", "wa_id" or "user_id", "username"?}``: make somebody up."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            customer = customer_from(control_json(req))
        except ValueError as error:
            raise falcon.HTTPBadRequest(title="Not a customer", description=str(error)) from None
        self._phone.meet(customer)
        resp.status = 201
        resp.media = customer.as_json()


class PhoneMedia:
    """POST /sandbox/media: a file from the page (raw body, its Content-Type, ?filename=)."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        data = body_bytes(req, MAX_UPLOAD)
        if not data:
            raise falcon.HTTPBadRequest(title="The file is empty.")
        kind = req.content_type or "application/octet-stream"
        media = self._media.add(data, kind, req.get_param("filename") or "")
        resp.status = 201
        resp.media = {"id": media.id, "mime_type": media.mime_type, "file_size": len(data)}


class PhoneFile:
    """GET /sandbox/media/{id}: the file for the page; pictures are shown, anything else is saved."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    def on_get(self, _: falcon.Request, resp: falcon.Response, media_id: str) -> None:
        try:
            media = self._media.get(media_id)
        except GraphError:
            raise falcon.HTTPNotFound(title="The sandbox holds no such file any more.") from None
        inline = media.mime_type in SHOWN_INLINE
        resp.content_type = media.mime_type if inline else "application/octet-stream"
        resp.set_header("Content-Disposition", "inline" if inline else "attachment")
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        resp.data = media.data
