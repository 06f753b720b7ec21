"""What a browser holds of a login: a cookie no script, no other site and no neighbour touches, and one of them."""

from __future__ import annotations

import pytest
import requests

from api.security.cookies import name
from settings import Settings
from tests.integration.logins.employee import Employee

pytestmark = pytest.mark.integration

COOKIE = "__Host-parley_session"


def attributes(answer: requests.Response) -> dict[str, str]:
    """Those of the one cookie an answer sets, names in lower case but the cookie's own."""
    first, *others = (part.strip().partition("=") for part in answer.headers["Set-Cookie"].split(";"))
    return {first[0]: first[2]} | {name.lower(): value for name, _, value in others}


def from_browser(employee: Employee, cookie: str = "") -> requests.Response:
    """A login as the console asks for it, with the cookie the browser has."""
    body = {"email": employee.email, "password": employee.password, "cookie": True}
    headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
    answer = employee.house.request("POST", "/auth/login", token="", json=body, headers=headers)
    employee.id = answer.json()["agent"]["id"]
    return answer


def test_the_cookie_is_this_hosts_alone_and_out_of_reach_for_scripts_and_other_sites(
    employee: Employee,
) -> None:
    cookie = attributes(from_browser(employee))
    assert {COOKIE, "httponly", "secure"} <= set(cookie)
    assert (cookie["samesite"], cookie["path"]) == ("Strict", "/")
    assert "domain" not in cookie


def test_development_over_http_has_a_cookie_that_browsers_keep() -> None:
    assert name(Settings(app_env="development")) == "parley_session"
    assert name(Settings()) == COOKIE


def test_a_token_is_shown_or_in_a_cookie_and_never_both(employee: Employee) -> None:
    answer = from_browser(employee)
    assert set(answer.json()) == {"expires_at", "agent"}
    token = attributes(answer)[COOKIE]
    assert token not in answer.text
    assert employee.may_ask(token)
    program = employee.log_in()
    assert employee.may_ask(program.json()["token"])
    assert "Set-Cookie" not in program.headers


def test_a_browser_that_logs_in_again_leaves_no_earlier_session(employee: Employee) -> None:
    first = attributes(from_browser(employee))[COOKIE]
    with employee.house.socket(employee.id, first) as socket:
        second = attributes(from_browser(employee, first))[COOKIE]
        assert socket.close_code(10) == 4410
    assert (employee.may_ask(first), employee.may_ask(second)) == (False, True)


def test_a_program_that_logs_in_again_keeps_its_other_sessions(employee: Employee) -> None:
    first, second = (employee.log_in().json()["token"] for _ in range(2))
    assert employee.may_ask(first)
    assert employee.may_ask(second)


def test_a_logout_takes_the_cookie_back_and_has_the_browser_forget_what_it_kept(employee: Employee) -> None:
    token = attributes(from_browser(employee))[COOKIE]
    headers = {"Cookie": f"{COOKIE}={token}", "Origin": employee.house.site}
    answer = employee.house.request("POST", "/auth/logout", token="", headers=headers)
    assert answer.status_code == 204
    cookie = attributes(answer)
    assert cookie[COOKIE] in ("", '""')
    assert "1970" in cookie["expires"]
    assert "secure" in cookie  # or a browser would not let it touch a __Host- cookie
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not employee.may_ask(token)
