"""What makes every request and answer below the Graph's paths Meta's: a version that may be left out, parameters in
the query, as a form or as JSON, and the envelope around every error, whoever raised it.

Source: Meta, Graph API > Overview, > Secure requests, > Handle errors (2026-09).
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import falcon

from sandbox.graph.errors import GraphError, invalid_parameter, unknown_object

DEFAULT_VERSION = "v26.0"
_UNVERSIONED = re.compile(r"/[0-9]+(/|$)")
_OTHERS = re.compile(r"/($|sandbox/|static/|whatsapp_business/)")
# They say who asks and what is wanted back, and are no parameters of the thing itself.
_ABOUT_THE_REQUEST = frozenset(
    {"access_token", "appsecret_proof", "fields", "format", "pretty", "debug", "method"}
)


def is_graph(path: str) -> bool:
    """Whether a path is the Graph's, and not the sandbox's own, the phone's, or a file's."""
    return _OTHERS.match(path) is None


class Versioned:
    """Middleware: a path that begins with an id is of the newest version."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        if _UNVERSIONED.match(req.path):
            req.path = f"/{DEFAULT_VERSION}{req.path}"


def enveloped(
    req: falcon.Request, _: falcon.Response, error: falcon.HTTPError, __: dict[str, object]
) -> NoReturn:
    """Any HTTP error below the Graph's paths, as the Graph says it."""
    if not is_graph(req.path):
        raise error
    if isinstance(error, falcon.HTTPMethodNotAllowed):
        raise_answer(unknown_object(req.path.split("/")[2]))
    if isinstance(error, falcon.HTTPNotFound):
        raise_answer(GraphError(2500, message=f"Unknown path components: {req.path}"))
    answer = invalid_parameter(error.description or error.title or "Invalid parameter")
    answer.status = error.status_code
    raise_answer(answer)


def raise_answer(error: GraphError) -> NoReturn:
    """Answer with the envelope of an error; raises HTTPStatus, which ends the request."""
    headers = {"WWW-Authenticate": 'OAuth "Facebook Platform" "invalid_token"'} if error.status == 401 else {}
    text = json.dumps(error.envelope())
    raise falcon.HTTPStatus(error.status, headers | {"Content-Type": falcon.MEDIA_JSON}, text)


def query_parameters(req: falcon.Request) -> dict[str, Any]:
    """The parameters a POST has in its query."""
    return _parameters(req.query_string)


def parameters(req: falcon.Request, body: bytes) -> dict[str, Any]:
    """All parameters of a POST: those of its query, and of its body, JSON or a form. Raises GraphError 100."""
    given = query_parameters(req)
    kind = (req.content_type or "").partition(";")[0].strip().lower()
    if kind == falcon.MEDIA_URLENCODED:
        return given | _parameters(body.decode("utf-8", "replace"))
    if not body.strip() and given:
        return given
    return given | _json_object(body)


def _parameters(encoded: str) -> dict[str, Any]:
    pairs = parse_qsl(encoded, keep_blank_values=True)
    return {name: _value(text) for name, text in pairs if name not in _ABOUT_THE_REQUEST}


def _value(text: str) -> Any:
    """Objects and lists travel as JSON where the rest is plain text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        return text


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise invalid_parameter("The request body is not valid JSON.") from None
    if not isinstance(parsed, dict):
        raise invalid_parameter("The request body must be a JSON object.")
    return parsed


def no_constant(name: str) -> None:
    """Python would read NaN and Infinity, which are no JSON."""
    raise ValueError(f"{name} is not JSON")
