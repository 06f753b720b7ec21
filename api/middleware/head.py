"""HEAD wherever GET is: the same answer without its body (RFC 9110, 9.1)."""

from __future__ import annotations

from typing import Any, TypeVar

import falcon

Resource = TypeVar("Resource")


def answering_head(resource: Resource) -> Resource:
    """The resource, which answers HEAD as it does GET; falcon leaves the body out."""
    on_get = getattr(resource, "on_get", None)
    if on_get is not None:
        resource.on_head = on_get  # type: ignore[attr-defined]
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
