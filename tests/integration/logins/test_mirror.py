"""A session that ends in the very moment in which Redis is told of it: nothing that opens a socket is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from api.security.logins import Logins, SessionOver
from ground.digest import digest
from models import database
from models.actors import logins
from models.actors.logins import Session
from models.database import rows
from realtime.sessions import Sessions, mirror_key
from tests.integration.logins.employee import Employee

if TYPE_CHECKING:
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.long]


class Overtaken(Sessions):
    """Sessions ``before`` whose mirror something happens, once; as if the request had been held up for minutes."""

    before: Callable[[], None] | None = None

    def remember(self, token: str, agent_id: str, expires_at: datetime) -> None:
        before, self.before = self.before, None
        if before is not None:
            before()
            self._client.delete(mirror_key(digest(token)))  # what says that it ended is kept for two minutes
        super().remember(token, agent_id, expires_at)


class Race:
    """One agent's logins, and an operator who disables them in between."""

    def __init__(self, guarded: Guarded, employee: Employee) -> None:
        self.employee = employee
        self.redis = guarded.house.redis
        self.sessions = Overtaken(self.redis)
        self.logins = Logins(self.sessions, 14)

    def log_in(self) -> Session:
        session = self.logins.begin(self.employee.email, self.employee.password)
        assert session is not None
        return session

    def disable_before_the_mirror(self) -> None:
        def disable() -> None:
            ended = logins.disable(self.employee.email)
            assert ended is not None
            self.sessions.end_all(ended.agent.id, ended.digests)

        self.sessions.before = disable

    def mirrored(self) -> list[bytes]:
        """Agents' ids under the sessions' keys: empty where one ended."""
        agent_id = rows("SELECT id FROM agent WHERE email = %s", (self.employee.email,))[0][0]
        values = [self.redis.get(key) for key in self.redis.keys("parley:session:*")]
        return [value for value in values if value and value.decode() == agent_id]


@pytest.fixture
def race(guarded: Guarded, employee: Employee) -> Iterator[Race]:
    database.bind(guarded.house.formation.urls.database, 2)
    yield Race(guarded, employee)
    database.dispose()


def test_a_login_that_was_overtaken_gives_no_token(race: Race) -> None:
    race.disable_before_the_mirror()
    assert race.logins.begin(race.employee.email, race.employee.password) is None
    assert race.mirrored() == []


def test_a_request_that_was_overtaken_brings_no_mirror_back(race: Race) -> None:
    session = race.log_in()
    race.disable_before_the_mirror()
    with pytest.raises(SessionOver):
        race.logins.mirror(session.token, session.agent, session.ends)
    assert race.mirrored() == []


def test_a_ticket_that_was_overtaken_is_not_given(race: Race) -> None:
    session = race.log_in()
    race.disable_before_the_mirror()
    with pytest.raises(SessionOver):
        race.logins.ticket(session.agent, session.token, session.ends)
    assert race.mirrored() == []


def test_a_ticket_knows_when_its_session_ends_though_redis_had_lost_it(race: Race) -> None:
    session = race.log_in()
    race.redis.delete(mirror_key(digest(session.token)))
    race.logins.ticket(session.agent, session.token, session.ends)
    assert race.redis.ttl(mirror_key(digest(session.token))) > 60
