"""Methods, paths, credentials and ids that are none: the right status, never a 500."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from engines.ports import LOOPBACK

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded
from tests.integration.api.bad_input.refusals import (
    CLOSED,
    FOR_ADMINS,
    OF_A_THING,
    OPERATIONS,
    ROUTES,
    TAKE_JSON,
    UNKNOWN,
    WRONG_OPERATIONS,
    filled,
    methods,
    refusal,
)

pytestmark = pytest.mark.integration


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
