"""The OpenAPI document: valid, whole, and the same as the routes, the structs and docs/http-api.md."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import openapi
from api.house import furnish
from api.operations import operation_of
from api.routes import routes
from schema import reading, requests, samples, views
from schema.errors import CODES
from schema.requests import Request
from schema.views import View
from settings import Settings

DOCS = Path(__file__).resolve().parents[3] / "docs"
TABLE = routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))
DOCUMENT = openapi.document(TABLE)
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
EACH = pytest.mark.parametrize("where", OPERATIONS)


def structs(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    module = requests if kind is Request else views
    named = (getattr(module, name) for name in module.__all__)
    return [struct for struct in named if inspect.isclass(struct) and issubclass(struct, kind)]


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_responder_is_an_operation_and_every_operation_a_responder() -> None:
    answered = {
        f"{name.removeprefix('on_').partition('_')[0].upper()} {route.path}"
        for route in TABLE
        for name in dir(route.resource)
        if name.startswith("on_") and name.removeprefix("on_").partition("_")[2] == (route.suffix or "")
    }
    heads = {f"HEAD{each.removeprefix('GET')}" for each in answered}
    assert answered - heads == set(OPERATIONS)


def test_the_page_for_people_names_the_same_operations() -> None:
    page = (DOCS / "http-api.md").read_text()
    told = set()
    for methods, path in re.findall(r"`((?:[A-Z]+, )*[A-Z]+) (/[^`?]*)`", page.replace("`WS ", "")):
        told |= {f"{method} {_whole(path)}" for method in methods.split(", ")}
    assert {_bare(each) for each in told} == {_bare(each) for each in OPERATIONS}


def _whole(path: str) -> str:
    served = ("/api/", "/healthz", "/readyz", "/metrics", "/docs")
    return path if path == "/" or path.startswith(served) else f"/api/v1{path}"


def _bare(operation: str) -> str:
    """Whatever the parts of a path are called."""
    return re.sub(r"\{[^}]*\}", "{}", operation)


@EACH
def test_every_operation_says_what_it_does_and_whoever_asks_needs(where: str) -> None:
    operation = OPERATIONS[where]
    assert operation["summary"]
    assert operation["tags"]
    assert bool(operation["security"]) == ("x-scope" in operation)


@EACH
def test_every_code_of_an_operation_stands_under_its_status(where: str) -> None:
    for status, response in OPERATIONS[where]["responses"].items():
        assert {CODES[code][0] for code in response.get("x-codes", ())} <= {int(status)}
        assert all(f"`{code}`" in response["description"] for code in response.get("x-codes", ()))


@EACH
def test_every_answer_and_every_body_has_an_example(where: str) -> None:
    operation = OPERATIONS[where]
    contents = [response.get("content", {}) for response in operation["responses"].values()]
    contents.append(operation.get("requestBody", {}).get("content", {}))
    for content in contents:
        for media in content.values():
            named = media["schema"].get("$ref", "").rpartition("/")[2]
            assert not named or "example" in media or named == "RefusalView"


@pytest.mark.parametrize("struct", structs(View), ids=lambda struct: struct.__name__)
def test_the_example_of_an_answer_is_one(struct: type[View]) -> None:
    if struct in (View, views.Listed):
        return
    example = msgspec.json.encode(samples.sample(struct))
    assert isinstance(msgspec.json.decode(example, type=struct), struct)


def bodies() -> list[type[Request]]:
    told = [operation for route in TABLE for _, operation in openapi.operations(route)]
    return [operation.body for operation in told if operation.body is not None]


@pytest.mark.parametrize("struct", bodies(), ids=lambda struct: struct.__name__)
def test_the_example_of_a_body_is_taken(struct: type[Request]) -> None:
    assert isinstance(reading.read(struct, samples.sample(struct)), struct)


def schema_of(struct: type[msgspec.Struct]) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][struct.__name__]
    return found


def test_an_answer_has_every_field_and_a_client_may_not_refuse_more() -> None:
    message = schema_of(views.MessageView)
    assert message["required"] == list(message["properties"])
    assert "additionalProperties" not in message
    assert schema_of(views.SessionView)["required"] == ["expires_at", "agent"]


def test_a_request_refuses_what_it_does_not_know_and_needs_what_has_no_default() -> None:
    send = schema_of(requests.SendMessage)
    assert send["additionalProperties"] is False
    assert send["required"] == ["type"]


def test_a_parameter_that_is_not_there_is_not_null() -> None:
    parameters = {each["name"]: each for each in OPERATIONS["GET /api/v1/conversations"]["parameters"]}
    assert set(parameters) == {"limit", "before", "after", "status", "phone_number_id", "unread", "q"}
    assert parameters["unread"]["schema"] == {"type": "boolean"}
    assert not any(parameter["required"] for parameter in parameters.values())


def test_what_a_responder_takes_is_what_is_told() -> None:
    taken = {
        f"{method} {route.path}" for route in TABLE for method, told in openapi.operations(route) if told.body
    }
    with_body = {where for where, each in OPERATIONS.items() if "requestBody" in each}
    assert {each.partition(" ")[0].upper() + " " + each.partition(" ")[2] for each in taken} <= with_body
    assert operation_of(None) is None
