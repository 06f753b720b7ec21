"""Whatever a client sends: one format of error, the right status, every mistake named, never a 500."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import redis
import requests

from api.house import furnish
from api.operations import operation_of
from api.routes import routes
from engines.ports import LOOPBACK
from schema.errors import CODES
from settings import Settings

if TYPE_CHECKING:
    from tests.conftest import House
    from tests.integration.conftest import Guarded

pytestmark = pytest.mark.integration

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057"
# But for /metrics, which the front door does not pass on (operations/test_metrics.py).
ROUTES = {
    route.path: route
    for route in routes(furnish(Settings.from_env({"APP_ENV": "development"}), redis.Redis()))
    if route.path != "/metrics"
}


def methods(path: str) -> set[str]:
    return {method for method in METHODS if responder(method, path) is not None}


def filled(path: str, value: str = UNKNOWN) -> str:
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def responder(method: str, path: str) -> Any:
    suffix = f"_{ROUTES[path].suffix}" if ROUTES[path].suffix else ""
    return getattr(ROUTES[path].resource, f"on_{method.lower()}{suffix}", None)


def allowed_roles(method: str, path: str) -> tuple[str, ...]:
    resource = ROUTES[path].resource
    return resource.roles + (resource.readers if method == "GET" else ())


OPERATIONS = [(method, path) for path in ROUTES for method in sorted(methods(path))]
WRONG_OPERATIONS = [(method, path) for path in ROUTES for method in METHODS if method not in methods(path)]
CLOSED = [each for each in OPERATIONS if not ROUTES[each[1]].resource.public]
FOR_ADMINS = [each for each in CLOSED if "agent" not in allowed_roles(*each)]
# Anybody may be asked about: who is unknown is offline.
OF_A_THING = [each for each in CLOSED if "{" in each[1] and "{user_id}" not in each[1]]
TAKE_JSON = [each for each in OPERATIONS if "{" not in each[1] and operation_of(responder(*each)).body]


@pytest.fixture(scope="module")
def guarded_house(guarded: Guarded) -> Iterator[House]:
    """Requests are the admin's, whom no role keeps from the checks behind it."""
    token, guarded.house.token = guarded.house.token, guarded.admin.token
    yield guarded.house
    guarded.house.token = token


@pytest.fixture(autouse=True, scope="module")
def _healthy_afterwards(guarded_house: House, phones: Iterator[str]) -> Iterator[None]:
    """What these tests sent left the house as it was."""
    yield
    assert guarded_house.request("GET", "/readyz").json()["status"] == "ok"
    assert guarded_house.converse(next(phones))
    assert guarded_house.formation.lost() == {}
    log = guarded_house.formation.process("web").log.read_text()
    assert "internal_error" not in log
    assert "Traceback" not in log


def refusal(answer: requests.Response, code: str) -> dict[str, Any]:
    """The error object, after a look at its form."""
    assert answer.headers["Content-Type"] == "application/json", answer.text[:200]
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert error["code"] == code, error
    assert answer.status_code == CODES[code][0]
    assert error["message"]
    return error


def wrong_fields(answer: requests.Response) -> set[str]:
    """The fields a 422 names."""
    return set(refusal(answer, "invalid")["fields"])


def test_the_paths_that_take_json_are_found() -> None:
    assert {("POST", "/api/v1/messages/send"), ("POST", "/api/v1/auth/login")} <= set(TAKE_JSON)
    assert ("POST", "/api/v1/whatsapp/webhook") in OPERATIONS


@pytest.mark.parametrize(("method", "path"), WRONG_OPERATIONS)
def test_a_method_a_path_does_not_have_is_refused_with_those_it_has(
    guarded_house: House, method: str, path: str
) -> None:
    answer = guarded_house.request(method, filled(path)) if path != "/" else root(guarded_house, method)
    refusal(answer, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"OPTIONS", "HEAD"} == methods(path)


@pytest.mark.parametrize("path", [path for path in ROUTES if "GET" in methods(path)])
def test_head_is_answered_as_get_is_but_for_the_body(guarded: Guarded, path: str) -> None:
    """A thing that is not there too: 404 is an answer to either. Asked of the process itself, as gunicorn sends it."""
    url = f"http://{LOOPBACK}:{guarded.house.formation.ports.web}{filled(path)}"
    headers = {"Authorization": f"Bearer {guarded.admin.token}"}
    got, headed = (requests.request(method, url, headers=headers, timeout=30) for method in ("GET", "HEAD"))
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert _steady(headed) == _steady(got)


@pytest.mark.parametrize("path", ["/console/app.js", "/"])
def test_head_of_a_page_comes_through_the_front_door(guarded: Guarded, path: str) -> None:
    answer = requests.head(f"{guarded.house.site}{path}", timeout=30)
    assert (answer.status_code, answer.content) == (200, b"")


def _steady(answer: requests.Response) -> dict[str, str]:
    """The headers that do not change from one answer to the next."""
    changing = ("date", "content-length", "ratelimit")
    return {name: value for name, value in answer.headers.items() if name.lower() not in changing}


def root(house: House, method: str) -> requests.Response:
    return requests.request(method, f"{house.site}/", timeout=30)


@pytest.mark.parametrize(
    "path", ["/nothing", "/messages", "/messages/send//", "/conversations//", "/ws", "//"]
)
def test_a_path_that_is_none_is_not_found(guarded_house: House, path: str) -> None:
    refusal(guarded_house.request("GET", f"/api/v1{path}"), "not_found")


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_without_credentials_nothing_that_is_not_public_opens(
    guarded_house: House, method: str, path: str
) -> None:
    answer = guarded_house.request(method, filled(path), token="")
    refusal(answer, "not_logged_in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer x",
        "Bearer",
        "Bearer  ",
        "Basic YTpi",
        "Bearer " + "x" * 5000,
        b"Bearer \xff\xfe",
        "x",
        "Bearer a b",
    ],
)
def test_credentials_that_are_none_open_nothing(guarded_house: House, header: Any) -> None:
    answer = guarded_house.request("GET", "/auth/me", token="", headers={"Authorization": header})
    refusal(answer, "not_logged_in")


@pytest.mark.parametrize(("method", "path"), FOR_ADMINS)
def test_what_takes_an_admin_is_refused_to_an_agent(guarded: Guarded, method: str, path: str) -> None:
    refusal(guarded.house.request(method, filled(path), token=guarded.agent.token), "forbidden")


@pytest.mark.parametrize(("method", "path"), OF_A_THING)
@pytest.mark.parametrize(
    "value", [UNKNOWN, "1", "no-id", f"{UNKNOWN}x", "%00", "%ff", "..%2f..%2fetc", "'%20OR%201=1", "x" * 3000]
)
def test_an_id_that_is_unknown_or_none_at_all_is_not_found(
    guarded_house: House, method: str, path: str, value: str
) -> None:
    query = "?after=0-0" if path.endswith("/events") else ""
    body = {} if method in ("POST", "PATCH", "PUT") else None
    refusal(guarded_house.request(method, filled(path, value) + query, json=body), "not_found")


@pytest.mark.parametrize("value", ["nobody", "%00", "%ff", "x" * 3000, "%F0%9F%91%8B"])
def test_whoever_is_asked_about_is_offline_where_nobody_is_known(guarded_house: House, value: str) -> None:
    answer = guarded_house.request("GET", f"/ws/status/{value}")
    assert (answer.status_code, answer.json()["online"]) == (200, False)


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"type": "text",\n  "to": }', "line 2, column 9"),
        (b'{"type": "text"', "line 1, column 16"),
        (b"{'type': 1}", "line 1, column 2"),
        (b"not json", "line 1, column"),
        (b'{"type": NaN}', "line 1, column 10"),
        (b'{"type": "text"} {}', "line 1, column"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_line_and_column(
    guarded_house: House, method: str, path: str, body: bytes, place: str
) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    assert place in refusal(answer, "bad_json")["message"]


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        b'{"type": "\xff"}',
        b'{"type": "\xed\xa0\x80"}',
        b'{"type": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        '{"type": "text"}'.encode("utf-16"),
        b"\x00",
    ],
)
def test_bytes_that_are_no_text_or_nested_too_deep_are_refused(
    guarded_house: House, method: str, path: str, body: bytes
) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    refusal(answer, "bad_json")


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_refused(guarded_house: House, method: str, path: str, body: bytes) -> None:
    answer = guarded_house.request(method, path, data=body, headers={"Content-Type": "application/json"})
    refusal(answer, "invalid")


@pytest.mark.parametrize(("method", "path"), TAKE_JSON)
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_type_is_refused(guarded_house: House, method: str, path: str, kind: str) -> None:
    answer = guarded_house.request(method, path, data=b"{}", headers={"Content-Type": kind})
    refusal(answer, "unsupported_media_type")


@pytest.mark.parametrize(("method", "path"), [*TAKE_JSON, ("POST", "/api/v1/whatsapp/webhook")])
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
def test_a_compressed_body_is_refused(guarded_house: House, method: str, path: str, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    answer = guarded_house.request(method, path, data=gzip.compress(b"{}"), headers=headers)
    refusal(answer, "unsupported_media_type")


LIMITS = [
    *((*each, 256 * 1024) for each in TAKE_JSON),
    ("POST", "/api/v1/whatsapp/webhook", 4 * 1024 * 1024),
]


@pytest.mark.parametrize(("method", "path", "limit"), LIMITS)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_however_it_is_framed(
    guarded_house: House, method: str, path: str, limit: int, chunked: bool
) -> None:
    body = b'{"a": "' + b"x" * limit + b'"}'
    data: Any = iter([body[i : i + 65536] for i in range(0, len(body), 65536)]) if chunked else body
    answer = guarded_house.request(method, path, data=data, headers={"Content-Type": "application/json"})
    refusal(answer, "too_large")


@pytest.mark.parametrize("path", ["/api/v1/messages/send", "/api/v1/whatsapp/webhook"])
@pytest.mark.parametrize("again", range(5))
def test_a_body_over_what_the_front_door_takes_is_refused_there(
    guarded_house: House, path: str, again: int
) -> None:
    # An answer before the body is read would be a reset for the front door, and a 502 for the client.
    body = bytes(6 * 1024 * 1024)
    answer = guarded_house.request("POST", path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("again", range(10))
def test_a_refusal_before_the_body_was_read_still_reaches_the_client(
    guarded_house: House, again: int
) -> None:
    refusal(guarded_house.request("POST", "/messages/send", token="", data=bytes(4_000_000)), "not_logged_in")


def test_a_chunked_body_within_the_limit_is_read(guarded_house: House) -> None:
    answer = guarded_house.request(
        "POST",
        "/messages/send",
        data=iter([b'{"ty', b'pe": 1}']),
        headers={"Content-Type": "application/json"},
    )
    assert "type" in wrong_fields(answer)


def test_a_body_that_is_missing_lacks_every_field(guarded_house: House) -> None:
    assert wrong_fields(guarded_house.request("POST", "/messages/send")) == {"type", "conversation_id"}
    assert wrong_fields(guarded_house.request("POST", "/auth/login")) == {"email", "password"}


def test_every_wrong_field_is_named_at_once(guarded_house: House) -> None:
    body = {"type": 1, "to": ["447700900000"], "reply_to": "x", "phone_number_id": {}, "colour": "red"}
    answer = guarded_house.request("POST", "/messages/send", json=body, headers={"Idempotency-Key": "é"})
    assert wrong_fields(answer) == {*body, "Idempotency-Key"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"type": "text", "text": {"body": ""}}, {"text.body"}),
        ({"type": "text", "text": {"body": "x" * 4097}}, {"text.body"}),
        ({"type": "text", "text": "Hello"}, {"text"}),
        ({"type": "text"}, {"text"}),
        ({"type": "hologram", "hologram": {}}, {"type", "hologram"}),
        ({"type": "text", "text": {"body": "x"}, "to": "12"}, {"to"}),
        (
            {"type": "text", "text": {"body": "x"}, "to": "447700900000", "conversation_id": UNKNOWN},
            {"conversation_id"},
        ),
        ({"type": "text", "text": {"body": "x"}, "conversation_id": "no-id"}, {"conversation_id"}),
        ({"type": "text", "text": {"body": "x"}, "phone_number_id": "1"}, {"phone_number_id"}),
        ({"type": "text", "text": {"body": "a\x00b"}}, {"text.body"}),
    ],
)
def test_what_whatsapp_would_refuse_is_refused_before_it_is_queued(
    guarded_house: House, phone: str, body: dict[str, Any], wrong: set[str]
) -> None:
    guarded_house.converse(phone)
    asked = body if "conversation_id" in body else {"to": phone} | body
    assert wrong_fields(guarded_house.request("POST", "/messages/send", json=asked)) == wrong


def test_a_message_to_an_unknown_conversation_is_not_found(guarded_house: House) -> None:
    body = {"type": "text", "text": {"body": "Hello"}, "conversation_id": UNKNOWN}
    refusal(guarded_house.request("POST", "/messages/send", json=body), "not_found")


def test_outside_the_service_window_only_a_template_is_taken(guarded_house: House, phone: str) -> None:
    body = {"type": "text", "text": {"body": "Hello"}, "to": phone}
    refusal(guarded_house.request("POST", "/messages/send", json=body), "window_closed")
    guarded_house.converse(phone)
    assert guarded_house.request("POST", "/messages/send", json=body).status_code == 202


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


BAD_PLACES = [
    *(("limit", value) for value in ("0", "201", "-1", "ten", "1e1", "", "%D9%A1", "99999999999999", "1.0")),
    *(("before", value) for value in ("x", "%00", "%ff", "=", "a" * 5000, cursor(), cursor("no id"))),
    *(
        ("before", value)
        for value in (cursor(1), cursor("\x00"), cursor("\ud800"), cursor(*"abcdef"), cursor(None))
    ),
    *(("after", value) for value in ("x", cursor("2026-13-45", "x"), cursor(UNKNOWN * 9))),
]


@pytest.mark.parametrize("path", ["/conversations", "/conversations/{}/messages"])
@pytest.mark.parametrize(("name", "value"), BAD_PLACES)
def test_a_limit_or_cursor_that_is_none_is_refused_by_name(
    guarded_house: House, known_conversation: str, path: str, name: str, value: str
) -> None:
    answer = guarded_house.request("GET", f"{path.format(known_conversation)}?{name}={value}")
    assert wrong_fields(answer) == {name}


def test_a_cursor_of_another_list_is_refused(guarded_house: House, known_conversation: str) -> None:
    path = f"/conversations/{known_conversation}/messages"
    theirs = guarded_house.request("GET", "/conversations?limit=1").json()["next"]
    answer = guarded_house.request("GET", f"{path}?{theirs.partition('?')[2]}")
    assert wrong_fields(answer) == {"before"}


def test_before_and_after_exclude_each_other(guarded_house: House, known_conversation: str) -> None:
    place = cursor(UNKNOWN)
    answer = guarded_house.request(
        "GET", f"/conversations/{known_conversation}/messages?before={place}&after={place}"
    )
    assert wrong_fields(answer) == {"after"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("colour=red&limit=x", {"colour", "limit"}),
        ("status=asleep&unread=maybe", {"status", "unread"}),
        ("q=%00", {"q"}),
        (f"q={'x' * 300}", {"q"}),
    ],
)
def test_every_wrong_parameter_of_a_list_is_named_at_once(
    guarded_house: House, query: str, wrong: set[str]
) -> None:
    assert wrong_fields(guarded_house.request("GET", f"/conversations?{query}")) == wrong


@pytest.mark.parametrize(
    "text", ["%25", "_", "%5C", "%27", "%ff", "%ED%A0%80", "(", "%F0%9F%91%8B", "%22%3B"]
)
def test_any_text_may_be_searched_for(guarded_house: House, text: str) -> None:
    assert guarded_house.request("GET", f"/conversations?q={text}").status_code == 200


@pytest.mark.parametrize(
    "after", ["", "?after=", "?after=x", "?after=1", "?after=-1-0", "?after=1-0%00", "?after=9" * 9]
)
def test_events_are_read_from_behind_an_event_id_only(
    guarded_house: House, known_conversation: str, after: str
) -> None:
    answer = guarded_house.request("GET", f"/conversations/{known_conversation}/events{after}")
    assert wrong_fields(answer) == {"after"}


def form(*parts: bytes, boundary: str = "B") -> dict[str, Any]:
    """How to send a form made of these parts, byte for byte."""
    return {"data": b"".join(parts), "headers": {"Content-Type": f"multipart/form-data; boundary={boundary}"}}


def part(head: bytes, body: bytes) -> bytes:
    return b"--B\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + body + b"\r\n"


PNG = b'name="file"; filename="a.png"\r\nContent-Type: image/png'


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (form(part(PNG, b"cut short")), "bad_request"),
        (form(part(b'name="other"', b"x"), b"--B--\r\n"), "invalid"),
        (form(part(PNG, b""), b"--B--\r\n"), "invalid"),
        (form(part(PNG.replace(b"image/png", b"text/html"), b"<script>"), b"--B--\r\n"), "invalid"),
        (form(part(PNG, b"<script>"), b"--B--\r\n"), "invalid"),
        (form(b"--B--\r\n"), "invalid"),
        (form(b"no form at all"), "bad_request"),
        (form(b""), "bad_request"),
        (form(part(PNG, b"x"), boundary=""), "bad_request"),
        (form(part(PNG, b"x"), boundary="x" * 100), "bad_request"),
        (form(part(b"\xff\x00", b"x"), b"--B--\r\n"), "bad_request"),
        (form(part(PNG + b"\r\nX: " + b"x" * 20_000, b"x"), b"--B--\r\n"), "bad_request"),
        ({"json": {}}, "unsupported_media_type"),
        ({"data": iter([b"--B"]), "headers": form()["headers"]}, "length_required"),
        ({"headers": {"Content-Type": "multipart/form-data"}}, "bad_request"),
    ],
)
def test_an_upload_that_is_no_file_is_refused(guarded_house: House, how: dict[str, Any], code: str) -> None:
    answer = guarded_house.request("POST", "/media", **how)
    assert refusal(answer, code)


def test_an_upload_keeps_the_name_without_the_path_and_what_no_text_holds(guarded_house: House) -> None:
    odd = PNG.replace(b"a.png", b"C:\\\\temp/\x00../b\x00\xe2\x80\xae.png")  # U+202E turns what follows
    picture = b"\x89PNG\r\n\x1a\n" + bytes(8)
    answer = guarded_house.request("POST", "/media", **form(part(odd, picture), b"--B--\r\n"))
    assert (answer.status_code, answer.json()["filename"]) == (201, "b.png")


@pytest.fixture(scope="module")
def known_conversation(guarded_house: House, phones: Iterator[str]) -> str:
    guarded_house.converse(next(phones))
    return guarded_house.converse(next(phones))


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", b"\xff"])
def test_an_idempotency_key_that_is_none_is_refused(guarded_house: House, phone: str, key: Any) -> None:
    guarded_house.converse(phone)
    body = {"type": "text", "text": {"body": "Hello"}, "to": phone}
    answer = guarded_house.request("POST", "/messages/send", json=body, headers={"Idempotency-Key": key})
    assert wrong_fields(answer) == {"Idempotency-Key"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "verify_refused"),
        ("hub.mode=unsubscribe&hub.verify_token=RIGHT&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=RIGHTx&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=%ff%C3%A9&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1", "verify_refused"),
        ("hub.mode=subscribe&hub.verify_token=RIGHT", "invalid"),
        (f"hub.mode=subscribe&hub.verify_token=RIGHT&hub.challenge={'1' * 513}", "invalid"),
    ],
)
def test_a_verification_that_is_not_metas_is_refused(guarded: Guarded, query: str, code: str) -> None:
    query = query.replace("RIGHT", guarded.verify_token)
    refusal(guarded.house.request("GET", f"/whatsapp/webhook?{query}", token=""), code)


def test_metas_verification_gets_its_challenge_back_as_text(guarded: Guarded) -> None:
    challenge = f"<b>{uuid.uuid4().hex}</b>"
    query = {"hub.mode": "subscribe", "hub.verify_token": guarded.verify_token, "hub.challenge": challenge}
    answer = guarded.house.request("GET", "/whatsapp/webhook", token="", params=query)
    assert (answer.status_code, answer.text) == (200, challenge)
    assert answer.headers["Content-Type"].startswith("text/plain")
