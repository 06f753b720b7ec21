"""A login that is under way while its agent is disabled or gets a new password is no way around either."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from faults.expect import eventually
from tests.integration.logins.employee import Employee, Operate, forget_logins

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.long, pytest.mark.timeout(300)]

ROUNDS = 10
LOGINS_AT_ONCE = 2


class Rush:
    """Logs in again and again, from several threads, until told to stop; ``tokens`` is what that gave."""

    def __init__(self, employee: Employee) -> None:
        self.tokens: list[str] = []
        self._employee = employee
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(LOGINS_AT_ONCE)]

    def __enter__(self) -> Rush:
        for thread in self._threads:
            thread.start()
        eventually(lambda: self.tokens, what="a first login")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            answer = self._employee.log_in()
            if answer.ok:
                self.tokens.append(answer.json()["token"])


def outlive(
    employee: Employee, during: Callable[[], None], after: Callable[[], None] = lambda: None
) -> list[str]:
    """What still opens something of all that logins gave before and while ``during`` ran."""
    with Rush(employee) as rush:
        during()
    after()
    return [
        f"{what} of login {number} of {len(rush.tokens)}"
        for number, token in enumerate(rush.tokens, 1)
        for what, opens in (("REST", employee.may_ask), ("a socket", employee.may_listen))
        if opens(token)
    ]


def test_no_login_outlives_its_agent_being_disabled(
    guarded: Guarded, employee: Employee, operate: Operate
) -> None:
    for number in range(ROUNDS):
        forget_logins(guarded.house)
        assert outlive(employee, lambda: operate("agent", "disable", employee.email)) == [], number
        operate("agent", "enable", employee.email)


def test_no_login_with_the_old_password_outlives_the_new_one(
    guarded: Guarded, employee: Employee, operate: Operate
) -> None:
    for number in range(ROUNDS):
        forget_logins(guarded.house)
        new = f"another password {uuid.uuid4().hex}"
        change = lambda new=new: operate("agent", "password", employee.email, password=new)  # noqa: E731
        assert outlive(employee, change) == [], number
        employee.password = new
