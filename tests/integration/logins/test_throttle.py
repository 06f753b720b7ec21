"""Guessing is slowed down wherever it comes from, and no stranger locks an agent out by it."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from requests.adapters import HTTPAdapter

from engines.caddy import Caddy
from tests.integration.logins.employee import Employee

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.long]

# The front door trusts this machine, as it does a load balancer: these are clients behind one.
AT_WORK, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def guess(employee: Employee, address: str, site: str = "") -> requests.Response:
    """One login with a wrong password."""
    body = {"email": employee.email, "password": "not the password"}
    url = f"{site or employee.house.site}/api/v1/auth/login"
    return requests.post(url, json=body, headers={"X-Forwarded-For": address}, timeout=30)


def log_in(employee: Employee, address: str) -> int:
    return employee.log_in(**{"X-Forwarded-For": address}).status_code


def already_tried(employee: Employee, key: str, times: int) -> None:
    """As though so many tries had been made."""
    assert employee.house.redis.set(f"parley:login:{key}", times, ex=900)


def account(employee: Employee) -> str:
    """How an account is named in the keys."""
    return hashlib.sha256(employee.email.encode()).hexdigest()


def test_ten_wrong_passwords_are_the_most_of_an_account_from_an_address(employee: Employee) -> None:
    tries = [guess(employee, ELSEWHERE) for _ in range(11)]
    assert [answer.status_code for answer in tries] == [401] * 10 + [429]
    assert 0 < int(tries[-1].headers["Retry-After"]) <= 900
    assert tries[-1].json()["error"]["code"] == "too_many_requests"
    assert log_in(employee, ELSEWHERE) == 429


def test_a_stranger_locks_nobody_out(employee: Employee) -> None:
    already_tried(employee, f"pair:{account(employee)}:{ELSEWHERE}", 9)
    already_tried(employee, f"account:{account(employee)}", 90)
    assert [guess(employee, ELSEWHERE).status_code for _ in range(2)] == [401, 429]
    assert log_in(employee, AT_WORK) == 200


def test_many_wrong_passwords_at_once_are_no_more_than_in_a_row(employee: Employee) -> None:
    statuses: Counter[int] = Counter()
    threads = [
        threading.Thread(target=lambda: statuses.update([guess(employee, ELSEWHERE).status_code]))
        for _ in range(14)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses[401] <= 10, statuses


def test_one_address_that_guesses_at_many_accounts_is_stopped_and_no_other(employee: Employee) -> None:
    already_tried(employee, f"address:{ELSEWHERE}", 50)
    assert log_in(employee, ELSEWHERE) == 429
    assert log_in(employee, AT_WORK) == 200


def test_many_addresses_that_guess_at_one_account_do_not_stop_who_logged_in_before(
    employee: Employee,
) -> None:
    assert log_in(employee, AT_WORK) == 200
    already_tried(employee, f"account:{account(employee)}", 100)
    assert guess(employee, ELSEWHERE).status_code == 429
    assert log_in(employee, ELSEWHERE) == 429
    assert log_in(employee, AT_WORK) == 200


def test_logins_that_succeed_are_bounded_too(employee: Employee) -> None:
    already_tried(employee, f"tries:{AT_WORK}", 199)
    assert [log_in(employee, AT_WORK) for _ in range(2)] == [200, 429]


def test_a_login_that_succeeds_counts_as_no_failure(employee: Employee) -> None:
    for _ in range(2):
        already_tried(employee, f"pair:{account(employee)}:{AT_WORK}", 8)
        assert guess(employee, AT_WORK).status_code == 401
        assert log_in(employee, AT_WORK) == 200


def test_of_an_ipv6_address_its_network_is_counted(employee: Employee) -> None:
    already_tried(employee, f"pair:{account(employee)}:2001:db8::/64", 9)
    assert [guess(employee, f"2001:db8::{host}").status_code for host in (1, 2)] == [401, 429]
    assert log_in(employee, "2001:db8:0:1::1") == 200


def behind_a_balancer(employee: Employee, password: str, client: str) -> int:
    """A login through a load balancer at 127.0.0.2, which is trusted and tells whom it forwards for."""
    with requests.Session() as session:
        adapter = HTTPAdapter()
        adapter.init_poolmanager(1, 1, source_address=("127.0.0.2", 0))
        session.mount("http://", adapter)
        body, headers = {"email": employee.email, "password": password}, {"X-Forwarded-For": client}
        site = employee.house.site.replace("localhost", "127.0.0.1")
        return session.post(f"{site}/api/v1/auth/login", json=body, headers=headers, timeout=30).status_code


def test_behind_a_load_balancer_the_client_is_counted_and_not_the_balancer(employee: Employee) -> None:
    already_tried(employee, f"pair:{account(employee)}:{ELSEWHERE}", 9)
    assert [behind_a_balancer(employee, "not the password", ELSEWHERE) for _ in range(2)] == [401, 429]
    assert behind_a_balancer(employee, employee.password, AT_WORK) == 200
    assert employee.house.redis.keys("parley:login:*:127.0.0.*") == []


@pytest.fixture
def site(guarded: Guarded, tmp_path: Path) -> Iterator[str]:
    """The same house through a front door that trusts nobody here."""
    ports = guarded.house.formation.ports
    trusted = {"TRUSTED_PROXIES": "192.0.2.1/32"}
    with Caddy(tmp_path, web_port=ports.web, ws_port=ports.ws, options=trusted) as caddy:
        yield caddy.url


def test_a_stranger_who_makes_up_addresses_is_counted_by_their_own(employee: Employee, site: str) -> None:
    already_tried(employee, f"pair:{account(employee)}:127.0.0.1", 9)
    assert [guess(employee, f"203.0.113.{host}", site).status_code for host in (1, 2)] == [401, 429]
