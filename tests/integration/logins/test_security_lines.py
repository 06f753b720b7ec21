"""The security log: who got in, who was refused, from where; and nothing that a log must not hold."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from faults.expect import eventually
from tests.integration.logins.employee import Employee

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration


WEB = "web that tells"


@pytest.fixture(scope="module")
def telling(guarded: Guarded) -> Iterator[House]:
    """The house by a web process of its own: what others were refused leaves lines of theirs out of a log."""
    with guarded.house.by_another_web(WEB) as house:
        yield house


@pytest.fixture
def employee(employee: Employee, telling: House) -> Employee:
    return replace(employee, house=telling)


def at(number: int) -> dict[str, str]:
    """The headers of a client with an address of its own, behind a front door that is trusted."""
    return {"X-Forwarded-For": f"198.51.100.{number}"}


def line(house: House, event: str, **fields: Any) -> dict[str, Any]:
    """The line of the web process's log with this event and these fields, once it is there."""

    def matching() -> list[dict[str, Any]]:
        log = house.formation.process(WEB).log.read_text()
        lines = [json.loads(text) for text in log.splitlines() if f'"{event}"' in text]
        return [logged for logged in lines if logged["event"] == event and fields.items() <= logged.items()]

    newest: dict[str, Any] = eventually(matching, what=f"{event} {fields}")[-1]
    return newest


def test_logins_and_logouts_are_told_with_the_agent_and_the_address(employee: Employee) -> None:
    token = employee.log_in(**at(1)).json()["token"]
    line(employee.house, "login", agent=employee.id, address="198.51.100.1", level="info")
    employee.house.request("POST", "/auth/logout", token=token, headers=at(2))
    line(employee.house, "logout", agent=employee.id, address="198.51.100.2", level="info")


def test_a_login_that_failed_is_told_and_what_was_typed_is_not(employee: Employee) -> None:
    employee.log_in()
    secret, typed = f"guess{uuid.uuid4().hex}", f"{uuid.uuid4().hex}@example.com"
    for email, address in ((employee.email, at(3)), (typed, at(4))):
        body = {"email": email, "password": secret}
        employee.house.request("POST", "/auth/login", token="", json=body, headers=address)
    refused = {"reason": "wrong_password", "level": "warning"}
    line(employee.house, "login_failed", agent=employee.id, address="198.51.100.3", **refused)
    line(employee.house, "login_failed", agent=None, address="198.51.100.4", **refused)
    log = employee.house.formation.process(WEB).log.read_text()
    assert secret not in log
    assert typed not in log
    assert employee.email not in log


def test_a_login_that_is_not_looked_at_is_told(employee: Employee) -> None:
    employee.house.redis.set("parley:login:tries:198.51.100.5", 200, ex=900)
    assert employee.log_in(**at(5)).status_code == 429
    line(employee.house, "login_throttled", address="198.51.100.5")


def test_what_takes_an_admin_is_told_with_who_asked(guarded: Guarded, telling: House) -> None:
    assert telling.request("GET", "/dead-letters", headers=at(6)).status_code == 403
    fields = {"agent": guarded.agent.id, "method": "GET", "path": "/api/v1/dead-letters"}
    line(telling, "role_refused", address="198.51.100.6", **fields)


def test_a_page_of_another_origin_is_told(guarded: Guarded, telling: House) -> None:
    headers = at(7) | {
        "Origin": "https://evil.example",
        "Cookie": f"__Host-parley_session={guarded.agent.token}",
    }
    assert telling.request("POST", "/ws/ticket", token="", headers=headers).status_code == 403
    line(telling, "origin_refused", address="198.51.100.7", path="/api/v1/ws/ticket")


def test_deliveries_and_verifications_that_are_not_metas_are_told(telling: House) -> None:
    house, path = telling, "/api/v1/whatsapp/webhook"
    signature = {"X-Hub-Signature-256": f"sha256={0:064x}"}
    for reason, headers in (("missing", {}), ("mismatch", signature)):
        assert house.request("POST", path, token="", data=b"{}", headers=at(8) | headers).status_code == 401
        line(house, "signature_refused", address="198.51.100.8", reason=reason)
    query = "?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1"
    assert house.request("GET", path + query, token="", headers=at(9)).status_code == 403
    line(house, "verification_refused", address="198.51.100.9", reason="token")
