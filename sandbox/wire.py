"""Reading requests and checking who asks: what the resources share at the edge."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any

import falcon

from sandbox.graph.errors import GraphError, bad_token
from sandbox.graph.wire import no_constant, parameters

MAX_JSON = 1024 * 1024
MAX_CONTROL_JSON = 64 * 1024 * 1024
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


def body_bytes(req: falcon.Request, limit: int) -> bytes:
    """The request's body, chunked or not; raises 413 past the limit."""
    if (req.content_length or 0) > limit:
        raise falcon.HTTPPayloadTooLarge(title="The body is too large for the sandbox.")
    chunked = "chunked" in (req.get_header("Transfer-Encoding") or "").lower()
    body: bytes = (req.stream if chunked else req.bounded_stream).read(limit + 1)
    if len(body) > limit:
        raise falcon.HTTPPayloadTooLarge(title="The body is too large for the sandbox.")
    return body


def graph_json(req: falcon.Request) -> dict[str, Any]:
    """The parameters of a Graph request, wherever they stand; raises GraphError 100."""
    return parameters(req, body_bytes(req, MAX_JSON))


def control_json(req: falcon.Request) -> dict[str, Any]:
    """The JSON object of a control request, {} for an empty body; raises 400."""
    body = body_bytes(req, MAX_CONTROL_JSON)
    try:
        parsed = json.loads(body or b"{}", parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise falcon.HTTPBadRequest(title="The body is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise falcon.HTTPBadRequest(title="The body must be a JSON object.")
    return parsed


class Gate:
    """Lets a Graph request in: a version in its path and a token, in the header or in the query."""

    def __init__(self, token: str) -> None:
        self._token = token

    def check(self, req: falcon.Request, version: str) -> None:
        """Raise GraphError 2500 for a strange version, 190 for a missing or wrong token."""
        if not _VERSION.fullmatch(version):
            raise GraphError(2500, message=f"Unknown path components: {req.path}")
        self.check_token(req)

    def check_token(self, req: falcon.Request) -> None:
        """Raise GraphError 190 for a missing or wrong token."""
        scheme, _, given = (req.get_header("Authorization") or "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else req.get_param("access_token") or ""
        if not given:
            raise bad_token("An access token is required to request this resource.")
        if self._token and not hmac.compare_digest(given.encode(), self._token.encode()):
            raise bad_token("Cannot parse access token")
