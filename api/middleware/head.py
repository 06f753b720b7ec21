"""HEAD wherever GET is: the same answer without its body (RFC 9110, 9.1)."""

from __future__ import annotations

from typing import Any

import falcon

from api.resource import Resource

_GET, _HEAD = "on_get", "on_head"


def answering_head(resource: Resource) -> Resource:
    """The resource, which answers HEAD as it does GET, under every suffix; falcon leaves the body out."""
    for name in dir(resource):
        if name == _GET or name.startswith(f"{_GET}_"):
            setattr(resource, _HEAD + name.removeprefix(_GET), getattr(resource, name))
    return resource


class Head:
    """Falcon middleware: closes the file that nobody is going to read."""

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: Any, req_succeeded: bool
    ) -> None:
        if req.method == "HEAD" and resp.stream is not None:
            close = getattr(resp.stream, "close", None)
            if close is not None:
                close()
