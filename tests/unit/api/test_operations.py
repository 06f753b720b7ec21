"""What each responder says it takes and gives, held against what is there."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

import pytest
import redis

from api.house import furnish
from api.operations import operation, operation_of
from api.route import Route
from api.routes import routes
from schema.errors import CODES
from settings import Settings

METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))


def responder_of(route: Route, method: str) -> Any:
    suffix = f"_{route.suffix}" if route.suffix else ""
    return getattr(route.resource, f"on_{method}{suffix}", None)


RESPONDERS = {
    f"{method.upper()} {route.path}": responder
    for route in ROUTES
    for method in METHODS
    if (responder := responder_of(route, method)) is not None
}
EACH = pytest.mark.parametrize("where", RESPONDERS)


@EACH
def test_every_responder_says_what_it_takes_and_gives(where: str) -> None:
    described = operation_of(RESPONDERS[where])
    assert described is not None
    assert described.text, "its docstring is its description"
    assert (
        described.answer
        or described.gives
        or described.statuses == (204,)
        or described.name == "deliver_webhook"
    )


def test_each_operation_has_a_name_of_its_own() -> None:
    names = [operation_of(answering).name for answering in RESPONDERS.values()]  # type: ignore[union-attr]
    assert len(set(names)) == len(names)


def test_an_error_that_nobody_knows_is_none() -> None:
    with pytest.raises(TypeError, match="on_fire"):
        operation("burn", errors=("on_fire",))


def tree_of(function: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def codes(function: Any, oneself: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """The codes a responder or a verb raises, by itself or by the verbs it calls; ``oneself`` is what it calls self."""
    function = inspect.unwrap(getattr(function, "__func__", function))
    if function in seen:
        return set()
    raised = set()
    for call in (node for node in ast.walk(tree_of(function)) if isinstance(node, ast.Call)):
        raised |= _made(call)
        called, its_self = _called(call.func, function, oneself)
        if inspect.isroutine(called) and (called.__module__ or "").startswith("actions."):
            raised |= codes(called, its_self, seen | {function})
    return raised


def _made(call: ast.Call) -> set[str]:
    """The code of the refusal that is made here, if one is."""
    refuses = isinstance(call.func, ast.Name) and call.func.id in ("Refused", "ApiError")
    first = call.args[0] if refuses and call.args else None
    return {str(first.value)} if isinstance(first, ast.Constant) else set()


def _called(name: ast.expr, function: Any, oneself: Any) -> tuple[Any, Any]:
    """What stands behind a name in a function, and what it calls self."""
    if isinstance(name, ast.Name):
        known = oneself if name.id == "self" else function.__globals__.get(name.id)
        return known, known
    if isinstance(name, ast.Attribute):
        owner, _ = _called(name.value, function, oneself)
        return getattr(owner, name.attr, None), owner
    return None, None


def test_the_codes_of_verbs_are_found() -> None:
    send, replay = (RESPONDERS[f"POST /api/v1/{path}"] for path in ("messages/send", "dead-letters/replay"))
    assert {"window_closed", "not_found", "idempotency_key_reused"} <= codes(send, send.__self__)
    assert codes(replay, replay.__self__) == {"not_found", "inbox_full"}


@EACH
def test_the_codes_that_verbs_raise_are_told(where: str) -> None:
    responder = RESPONDERS[where]
    described = operation_of(responder)
    assert described is not None
    # Those of requests that are read, whatever they are, and of engines that are away, the document adds.
    assert codes(responder, responder.__self__) - {"invalid", "unavailable"} <= set(described.errors)
    assert set(described.errors) <= set(CODES)
