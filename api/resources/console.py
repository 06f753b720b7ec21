"""The console: its one page at /, its modules and styles below /console.

The page names them below /console/<version>/, and a browser keeps those for good: another state of the files is another
version, so nothing is asked for again until something changed.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import falcon

from api.operations import operation
from api.resource import Resource

DIRECTORY = Path(__file__).resolve().parents[2] / "console"
_PATH = "/console"
_TEXTS = (".css", ".html", ".js", ".json", ".svg")
_VERSIONED = re.compile(rf"{_PATH}/([0-9a-f]{{16}})(/.+)")
_FOR_GOOD = "public, max-age=31536000, immutable"
# It says so where a part of the page cannot be fetched, also where that is for another version.
_ALWAYS_THERE = "/starting.js"
# A page asks for 80 files at once, and a look at all of them takes milliseconds.
_LOOKED_JUST_NOW_S = 1.0


class Edition:
    """The files as they are now, and the version that names this state of them. A file that is edited shows at once."""

    def __init__(self, directory: Path = DIRECTORY, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        self._looked = float("-inf")
        self._seen: tuple[Any, ...] = ()
        self._version = ""

    def version(self) -> str:
        """16 hex digits of a hash over all files."""
        files = sorted(path for path in self._directory.rglob("*") if path.suffix in _TEXTS)
        seen = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
        if seen != self._seen:
            self._version, self._seen = _digest(self._directory, files), seen
        self._looked = self._clock()
        return self._version

    def is_current(self, version: str) -> bool:
        """Whether the files are in the state of this name; of a moment ago, where that was so."""
        if version == self._version and self._clock() - self._looked < _LOOKED_JUST_NOW_S:
            return True
        return version == self.version()

    def page(self, name: str = "index.html") -> bytes:
        """A page with the addresses of this version."""
        text = (self._directory / name).read_text()
        return text.replace(f'"{_PATH}/', f'"{_PATH}/{self.version()}/').encode()


def _digest(directory: Path, files: list[Path]) -> str:
    parts = hashlib.sha256()
    for path in files:
        parts.update(
            f"{path.relative_to(directory)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return parts.hexdigest()[:16]


class ConsoleResource(Resource):
    """GET /: the agent inbox."""

    public = True
    needs_database = False

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    @operation("get_console", gives={"text/html": {"schema": {"type": "string"}}})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The agent inbox, as a page."""
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Cache-Control", "no-cache")
        resp.data = self._edition.page()


class ConsoleFiles:
    """Falcon middleware: what stands below /console is read and nothing else (a static route takes every method), and
    kept for good where its address names its version.

    Of another version only starting.js is there: a page made of two might fail in ways nobody has tried.
    """

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if not req.path.startswith(f"{_PATH}/"):
            return
        if req.method not in ("GET", "HEAD", "OPTIONS"):
            raise falcon.HTTPMethodNotAllowed(["GET", "HEAD"])
        if versioned := _VERSIONED.fullmatch(req.path):
            self._enter(req, *versioned.groups())

    def _enter(self, req: falcon.Request, version: str, path: str) -> None:
        current = self._edition.is_current(version)
        if not current and path != _ALWAYS_THERE:
            raise falcon.HTTPNotFound
        req.path = _PATH + path
        req.context.for_good = current

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if req_succeeded and getattr(req.context, "for_good", False):
            resp.set_header("Cache-Control", _FOR_GOOD)


def serve_files(app: falcon.App[Any, Any]) -> None:
    """Serve what stands below /console; of texts their charset is told. (OWASP ASVS 5.0, 4.1.1)"""
    types = app.resp_options.static_media_types
    types.update({ending: f"{types[ending]}; charset=utf-8" for ending in _TEXTS})
    app.add_static_route(_PATH, str(DIRECTORY))
