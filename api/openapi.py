"""The document of the HTTP API, as OpenAPI 3.1 has it: made of the route table and of what each responder says of
itself, so that nothing can be in one and not in the other. Source: spec.openapis.org/oas/v3.1.1."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any, get_type_hints

import msgspec
from msgspec import UnsetType

from api.operations import Operation, operation_of
from api.route import Route
from api.security import cookies
from schema import samples
from schema.errors import CODES
from schema.requests import Request
from schema.views import ProblemView, RefusalView, View

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
_SCHEMAS = "#/components/schemas/"
_SAFE = ("get",)
_ABOUT = """\
Everything that agents and programs do, they do by this API; what happens, they are told by sockets, which
`docs/events.md` of the project describes.

Log in with `POST /api/v1/auth/login`, and send the token as `Authorization: Bearer ...`. Errors have one shape: decide
by `code`, show `message`. Who names `application/problem+json` in `Accept` gets a ProblemView instead (RFC 9457), which
stands in no operation, so that clients made of this document know one shape. Lists come in pages; follow `next` as it
is."""
# Of any responder, of those that ask who is there, that read a body or a query, and that need Postgres.
_OF_ANY = ("bad_request", "uri_too_long", "too_many_requests", "internal", "unavailable", "busy")
_OF_SOMEBODY = ("not_logged_in", "forbidden")
_OF_BODY = ("bad_json", "invalid", "too_large", "unsupported_media_type")
_OF_DATABASE = ("database_unavailable",)


def document(table: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    structs: set[type[msgspec.Struct]] = {RefusalView, ProblemView}
    for route in table:
        for method, operation in operations(route):
            paths.setdefault(route.path, {})[method] = _operation(route, method, operation)
            structs |= {struct for struct in (operation.body, operation.answer) if struct is not None}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley",
            "summary": "A self-hosted WhatsApp Business backend.",
            "description": _ABOUT,
            "version": version("parley"),
        },
        "servers": [{"url": "/", "description": "This house."}],
        "paths": paths,
        "components": {"schemas": _schemas(structs), "securitySchemes": _SECURITY_SCHEMES},
    }


def operations(route: Route) -> Iterator[tuple[str, Operation]]:
    """The methods of a route, and what their responders say of themselves."""
    suffix = f"_{route.suffix}" if route.suffix else ""
    for method in METHODS:
        operation = operation_of(getattr(route.resource, f"on_{method}{suffix}", None))
        if operation is not None:
            yield method, operation


def _operation(route: Route, method: str, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [_aggregate(route)],
        "summary": operation.text.partition("\n\n")[0].replace("\n", " "),
        "description": _plain(operation.text),
        "parameters": [*_of_path(route.path), *_of_query(operation.query), *operation.parameters],
        "responses": _responses(route, operation),
        "security": [] if route.resource.public else [{name: []} for name in _SECURITY_SCHEMES],
    }
    if not route.resource.public:
        described["x-scope"] = f"{route.scope}:{'read' if method in _SAFE else 'write'}"
    if content := _content(operation):
        described["requestBody"] = {"required": _needs_body(operation), "content": content}
    return described


def _aggregate(route: Route) -> str:
    """What its resource is called by its module: conversations, numbers."""
    return type(route.resource).__module__.rpartition(".")[2].replace("_", " ")


def _content(operation: Operation) -> dict[str, Any] | None:
    """What a body may be; None where there is none."""
    if operation.body is not None:
        return _of_struct(operation.body)
    return dict(operation.accepts) if operation.accepts else None


def _needs_body(operation: Operation) -> bool:
    """An empty body is an object without fields."""
    return operation.body is None or bool(
        msgspec.json.schema_components([operation.body])[1][operation.body.__name__]["required"]
    )


def _of_struct(struct: type[msgspec.Struct], media_type: str = JSON) -> dict[str, Any]:
    return {
        media_type: {
            "schema": {"$ref": _SCHEMAS + struct.__name__},
            "example": samples.sample(struct),
        }
    }


def _of_path(path: str) -> Iterator[dict[str, Any]]:
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            yield {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
                "example": samples.of_parameter(name),
            }


def _of_query(query: type[Request] | None) -> Iterator[dict[str, Any]]:
    if query is None:
        return
    schema = msgspec.json.schema_components([query])[1][query.__name__]
    example = samples.sample(query)
    for name, kind in schema["properties"].items():
        required = name in schema["required"]
        parameter = {"name": name, "in": "query", "required": required, "schema": _without_null(kind)}
        yield parameter | ({"example": example[name]} if required else {})


def _without_null(kind: dict[str, Any]) -> dict[str, Any]:
    """What a parameter may be: one that is not there is not null."""
    kept = {key: value for key, value in kind.items() if key != "anyOf" and (key, value) != ("default", None)}
    for choice in kind.get("anyOf", ()):
        kept |= choice if choice != {"type": "null"} else {}
    return kept


def _responses(route: Route, operation: Operation) -> dict[str, Any]:
    responses = {str(status): _success(operation, status) for status in operation.statuses}
    by_status: dict[int, list[str]] = {}
    for code in CODES:  # in its order
        if code in _codes(route, operation):
            by_status.setdefault(CODES[code][0], []).append(code)
    for status, codes in sorted(by_status.items()):
        _add_refusal(responses.setdefault(str(status), {"content": {}}), codes)
    return responses


def _success(operation: Operation, status: int) -> dict[str, Any]:
    answer = {"description": _SAYS.get(status, "Done.")}
    content = _of_struct(operation.answer) if operation.answer is not None else operation.gives
    return answer | ({"content": content} if content and status not in _WITHOUT_BODY else {})


_SAYS = {
    200: "Done.",
    201: "Made.",
    202: "Taken; it is done a moment later.",
    204: "Done; there is nothing to say.",
    206: "One range of the file.",
    416: "The file has no such range.",
}
_WITHOUT_BODY = (204, 416)


def _codes(route: Route, operation: Operation) -> set[str]:
    codes = {*operation.errors, *_OF_ANY}
    if not route.resource.public:
        codes |= {*_OF_SOMEBODY}
    if route.resource.needs_database:
        codes |= {*_OF_DATABASE}
    if operation.body is not None:
        codes |= {*_OF_BODY}
    if operation.query is not None:
        codes.add("invalid")
    return codes


def _add_refusal(response: dict[str, Any], codes: list[str]) -> None:
    """To an answer of this status that is no refusal, where there is one."""
    said = "\n".join(f"- `{code}`: {CODES[code][1]}" for code in codes)
    response["description"] = "\n\n".join(filter(None, (response.get("description"), said)))
    kinds = [media["schema"] for media in response["content"].values()]
    refusal = {"$ref": _SCHEMAS + RefusalView.__name__}
    response["content"] = {JSON: {"schema": {"anyOf": [*kinds, refusal]} if kinds else refusal}}
    response["x-codes"] = codes


def _schemas(structs: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    named = sorted(structs, key=lambda struct: struct.__name__)
    _, schemas = msgspec.json.schema_components(named, ref_template=_SCHEMAS + "{name}")
    classes = {struct.__name__: struct for struct in _all_structs()}
    for name, schema in schemas.items():
        schema["description"] = _plain(schema.get("description", ""))
        struct = classes[name]
        if issubclass(struct, View):
            _as_answered(struct, schema)
        else:
            _as_asked(schema)
    return dict(sorted(schemas.items()))


def _as_asked(schema: dict[str, Any]) -> None:
    """What may be left out is not null by default: to generators that reads as a field which is always there."""
    for kind in schema["properties"].values():
        if kind.get("default", ...) is None:
            del kind["default"]


def _as_answered(view: type[View], schema: dict[str, Any]) -> None:
    """Every field is there, whether it has a default or not, but for those that may be unset; and the next version may
    have more of them, so a client is not to refuse what it does not know."""
    hints = get_type_hints(view)
    names = {field.encode_name: field.name for field in msgspec.structs.fields(view)}
    schema["required"] = [name for name in schema["properties"] if not _may_be_unset(hints[names[name]])]
    for kind in schema["properties"].values():
        kind.pop("default", None)
    schema.pop("additionalProperties", None)


def _may_be_unset(hint: Any) -> bool:
    return UnsetType in getattr(hint, "__args__", ())


def _all_structs() -> Iterator[type[msgspec.Struct]]:
    todo: list[type[msgspec.Struct]] = [View, Request]
    while todo:
        struct = todo.pop()
        yield struct
        todo += struct.__subclasses__()


def _plain(text: str) -> str:
    """A docstring as Markdown."""
    return inspect.cleandoc(text).replace("``", "`")


_SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "Of `POST /api/v1/auth/login`."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.NAME,
        "description": "Of a login with `cookie`, in browsers; over https its name begins with `__Host-`.",
    },
}
