"""Reading what a client sent: bounded, and every problem told at once."""

from __future__ import annotations

import io
import json

import falcon
import falcon.testing
import pytest
from falcon.media import Handlers

from api import answers, bodies, errors
from api.bodies import HouseRequest, StrictJson
from api.errors import ApiError
from schema.errors import CODES, Refused
from schema.requests import ListConversations

LIMIT = 100
ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def request(body: bytes = b"", **headers: str) -> falcon.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = falcon.testing.create_environ(method="POST", body=body, headers=named)
    options = falcon.RequestOptions()
    options.media_handlers = Handlers({falcon.MEDIA_JSON: StrictJson(LIMIT)})
    return HouseRequest(environ, options=options)


def without_length(body: bytes) -> falcon.Request:
    req = request(body, Transfer_Encoding="chunked")
    req.env.pop("CONTENT_LENGTH", None)
    return req


def refusal(req: falcon.Request) -> ApiError:
    with pytest.raises(ApiError) as caught:
        bodies.read_object(req)
    return caught.value


def asked(query: str) -> falcon.Request:
    return falcon.testing.create_req(query_string=query)


def test_a_body_of_exactly_the_limit_is_read_whole() -> None:
    assert bodies.read_bytes(request(b"x" * LIMIT), LIMIT) == b"x" * LIMIT


@pytest.mark.parametrize("chunked", [False, True])
def test_a_byte_more_than_the_limit_is_refused(chunked: bool) -> None:
    req = without_length(b"x" * (LIMIT + 1)) if chunked else request(b"x" * (LIMIT + 1))
    with pytest.raises(ApiError) as caught:
        bodies.read_bytes(req, LIMIT)
    assert (caught.value.status, caught.value.code) == (413, "too_large")
    assert str(LIMIT) in caught.value.message


def test_a_chunked_body_which_has_no_length_is_read() -> None:
    assert bodies.read_bytes(without_length(b"body"), LIMIT) == b"body"


@pytest.mark.parametrize("coding", ["gzip", "br", "x" * 500])
def test_a_compressed_body_is_refused(coding: str) -> None:
    with pytest.raises(ApiError) as caught:
        bodies.read_bytes(request(b"x", Content_Encoding=coding), LIMIT)
    assert caught.value.status == 415
    assert len(caught.value.message) < 200


def test_identity_is_no_compression() -> None:
    assert bodies.read_bytes(request(b"x", Content_Encoding="Identity"), LIMIT) == b"x"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_read_by_any_spelling_of_its_type(kind: str) -> None:
    assert bodies.read_object(request(b'{"a": 1}', Content_Type=kind)) == {"a": 1}


def test_an_empty_body_is_an_object_without_fields() -> None:
    assert bodies.read_object(request()) == {}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/jsonp"])
def test_what_is_not_json_is_refused(kind: str) -> None:
    assert refusal(request(b"{}", Content_Type=kind)).status == 415


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{", "line 1, column 2"),
        (b'{\n "a": x}', "line 2, column 7"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b"[" * 50 + b"x", "line 1, column 51"),
    ],
)
def test_a_body_that_is_no_json_is_told_where(body: bytes, where: str) -> None:
    error = refusal(request(body))
    assert (error.status, error.code) == (400, "bad_json")
    assert where in error.message


def test_a_body_nested_past_all_reason_is_bad_json() -> None:
    with pytest.raises(ApiError) as caught:
        StrictJson(10**6).deserialize(io.BytesIO(b"[" * 200_000), None, None)
    assert caught.value.code == "bad_json"


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
def test_json_that_is_no_object_is_invalid(body: bytes) -> None:
    assert refusal(request(body)).status == 422


def test_a_query_names_every_wrong_and_unknown_parameter_at_once() -> None:
    with pytest.raises(Refused) as caught:
        bodies.read_query(asked("limit=0&unread=maybe&q=a%00b&colour=red"), ListConversations)
    assert set(caught.value.extra["fields"]) == {"limit", "unread", "q", "colour"}


def test_what_a_query_asks_is_read() -> None:
    query = bodies.read_query(asked("limit=200&unread=false&q=caf%C3%A9&status="), ListConversations)
    assert query == ListConversations(limit=200, unread=False, q="café")


def test_of_a_parameter_that_is_there_twice_the_last_counts() -> None:
    assert bodies.read_query(asked("limit=1&limit=2"), ListConversations).limit == 2


def test_a_cursor_is_read_before_the_list_is() -> None:
    with pytest.raises(Refused) as caught:
        answers.read_list(asked("before=x&limit=0"), ListConversations)
    assert set(caught.value.extra["fields"]) == {"before", "limit"}


def test_an_error_is_one_shape_with_its_status() -> None:
    for code, (status, meaning) in CODES.items():
        assert ApiError(code, "m").status == status
        assert 400 <= status < 600
        assert meaning.endswith(".")


WINDOW_CLOSED = ApiError("window_closed", "Too late.", fields={"to": "is gone."}, expires_at=None)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "text/html,*/*;q=0.8"])
def test_an_error_is_written_with_what_stands_beside_it(accept: str) -> None:
    resp = falcon.Response()
    errors.write(accepting(accept), resp, WINDOW_CLOSED)
    assert (resp.content_type, json.loads(resp.data or b"")) == (
        "application/json",
        {
            "error": {
                "code": "window_closed",
                "message": "Too late.",
                "fields": {"to": "is gone."},
                "expires_at": None,
            }
        },
    )


@pytest.mark.parametrize("accept", ["application/problem+json", "application/json, application/problem+json"])
def test_who_names_problem_json_gets_the_same_as_rfc_9457_has_it(accept: str) -> None:
    resp = falcon.Response()
    errors.write(accepting(accept), resp, WINDOW_CLOSED)
    assert (resp.content_type, json.loads(resp.data or b"")) == (
        "application/problem+json",
        {
            "type": "urn:parley:error:window_closed",
            "title": CODES["window_closed"][1],
            "status": 422,
            "detail": "Too late.",
            "code": "window_closed",
            "fields": {"to": "is gone."},
            "expires_at": None,
        },
    )


def accepting(kinds: str) -> falcon.Request:
    return falcon.Request(falcon.testing.create_environ(headers={"Accept": kinds}))
