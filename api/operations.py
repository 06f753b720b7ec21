"""What a responder takes and gives, said once beside it: read by it, written by it, and told in the document
(api/openapi.py)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import falcon

from api import answers, bodies
from schema.errors import CODES
from schema.reading import Problems, Valid
from schema.requests import Page, Request
from schema.views import View

Answer = TypeVar("Answer", bound=View)
First = Callable[[Any, falcon.Request, falcon.Response], object]
Also = Callable[[Valid, falcon.Request], Problems]
Told = Mapping[str, Any]
"""A piece of the document, as OpenAPI has it."""


class Operation(NamedTuple):
    """One method of one path. ``accepts`` and ``gives`` are the contents of bodies that are no structs, ``parameters``
    headers and whatever else no struct says."""

    name: str
    text: str
    query: type[Request] | None
    body: type[Request] | None
    answer: type[View] | None
    statuses: tuple[int, ...]
    errors: tuple[str, ...]
    accepts: Told | None
    gives: Told | None
    parameters: tuple[Told, ...]

    def read(self, req: falcon.Request, also: Also | None, besides: bodies.Also | None) -> dict[str, Request]:
        """What is asked for, by the name under which the responder gets it. Raises Refused invalid."""
        more = functools.partial(_more, also, req) if also else None
        if self.body is not None:
            return {"request": bodies.read(req, self.body, more, besides)}
        if self.query is None:
            return {}
        if issubclass(self.query, Page):
            return {"query": answers.read_list(req, self.query)}
        return {"query": bodies.read_query(req, self.query, more)}


def operation(
    name: str,
    *,
    answer: type[Answer] | None = None,
    query: type[Request] | None = None,
    body: type[Request] | None = None,
    first: First | None = None,
    also: Also | None = None,
    besides: bodies.Also | None = None,
    status: int | tuple[int, ...] = 200,
    errors: tuple[str, ...] = (),
    accepts: Told | None = None,
    gives: Told | None = None,
    parameters: tuple[Told, ...] = (),
) -> Callable[[Callable[..., Answer | None]], Callable[..., None]]:
    """Decorates a responder: it gets the ``query`` or the ``request`` (``body``) under these names, with the fields
    ``also`` found wrong refused too, and returns its ``answer``, or None where it wrote one by itself. ``first`` is
    called before anything is read. What its verb checks of a body by itself, ``besides`` says where that is refused
    already.

    Of several ``status`` the first is meant where it sets none. ``errors`` are the codes of its own; those that any
    responder of its kind may have, the document adds.
    """
    unknown = [code for code in errors if code not in CODES]
    if unknown:
        raise TypeError(f"{name} has {', '.join(unknown)}, which schema/errors.py does not know.")
    statuses = status if isinstance(status, tuple) else (status,)

    def decorate(responder: Callable[..., Answer | None]) -> Callable[..., None]:
        text = inspect.cleandoc(responder.__doc__ or "")
        described = Operation(name, text, query, body, answer, statuses, errors, accepts, gives, parameters)

        @functools.wraps(responder)
        def responding(self: Any, req: falcon.Request, resp: falcon.Response, **params: Any) -> None:
            resp.status = statuses[0]
            if first is not None:
                first(self, req, resp)
            view = responder(self, req, resp, **params, **described.read(req, also, besides))
            if view is not None:
                answers.write(resp, view)

        responding.operation = described  # type: ignore[attr-defined]
        return responding

    return decorate


def operation_of(responder: Any) -> Operation | None:
    """What a responder says of itself."""
    operation: Operation | None = getattr(responder, "operation", None)
    return operation


def _more(also: Also, req: falcon.Request, valid: Valid) -> Problems:
    return also(valid, req)
