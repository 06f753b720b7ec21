"""Agents and their sessions: who gets in, until when, and that only digests are kept."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher

from ground.digest import digest
from models.actors import agents, logins
from models.actors.agents import ADMIN, AGENT, EmailTaken
from models.database import rows
from tests.integration.models.tables import at_once, one

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("tables")]
PASSWORD = "correct horse battery"


@pytest.fixture
def kim(tables: None) -> Any:
    return agents.create("Kim@Example.com ", "Kim", AGENT, PASSWORD)


def token_of(agent: Any, days: int = 14) -> str:
    session = logins.log_in(agent.email, PASSWORD, days)
    assert session is not None
    return session[1]


def test_an_agent_logs_in_and_is_known_by_the_token(kim: Any) -> None:
    session = logins.log_in(" KIM@example.com", PASSWORD, 14)
    assert session is not None
    agent, token, ends = session
    assert logins.by_token(token) == (agent, ends)
    assert (agent.email, agent.role) == ("kim@example.com", AGENT)


@pytest.mark.parametrize(
    ("email", "password"), [("kim@example.com", "wrong"), ("sam@example.com", PASSWORD), ("", "")]
)
def test_nobody_else_gets_in(kim: Any, email: str, password: str) -> None:
    assert logins.log_in(email, password, 14) is None


def test_an_agent_without_a_password_cannot_log_in(kim: Any) -> None:
    agents.create("robot@example.com", "Robot", AGENT, None)
    assert logins.log_in("robot@example.com", "", 14) is None
    assert logins.log_in("robot@example.com", "nobody's password", 14) is None


def test_neither_password_nor_token_is_stored(kim: Any) -> None:
    token = token_of(kim)
    kept = repr(rows("SELECT * FROM agent")) + repr(rows("SELECT * FROM agent_session"))
    assert PASSWORD not in kept
    assert token not in kept
    assert digest(token) in kept
    assert "$argon2id$" in kept


def test_an_address_is_taken_once_however_it_is_written(kim: Any) -> None:
    with pytest.raises(EmailTaken):
        agents.create("KIM@EXAMPLE.COM", "Another", AGENT, None)
    assert agents.count() == 1


def test_a_session_ends_at_its_time(kim: Any) -> None:
    token = token_of(kim)
    rows("UPDATE agent_session SET expires_at = now() - interval '1 s'")
    assert logins.by_token(token) is None
    logins.delete_expired_sessions()
    assert one("SELECT count(*) FROM agent_session") == 0


def test_logging_out_ends_this_session_only(kim: Any) -> None:
    first, second = token_of(kim), token_of(kim)
    logins.log_out(first)
    assert (logins.by_token(first), logins.by_token(second) is not None) == (None, True)


def test_a_disabled_agent_is_out_at_once_and_nobody_else(kim: Any) -> None:
    sam = agents.create("sam@example.com", "Sam", ADMIN, PASSWORD)
    tokens, other = [token_of(kim), token_of(kim)], token_of(sam)
    ended = logins.disable("KIM@example.com")
    assert ended is not None
    assert (ended.agent, sorted(ended.digests)) == (kim, sorted(map(digest, tokens)))
    assert [logins.by_token(token) for token in tokens] == [None, None]
    assert agents.exists(kim.id) is False
    assert logins.by_token(other) is not None
    assert logins.log_in(kim.email, PASSWORD, 14) is None


def test_an_agent_who_is_enabled_logs_in_anew(kim: Any) -> None:
    token = token_of(kim)
    logins.disable(kim.email)
    assert logins.enable(kim.email) == kim
    assert logins.by_token(token) is None
    token = token_of(kim)
    logins.enable(kim.email)  # who is enabled already goes on
    assert logins.by_token(token) is not None


def test_a_new_password_replaces_the_old_one_and_ends_what_it_opened(kim: Any) -> None:
    token = token_of(kim)
    ended = logins.set_password("KIM@example.com", "another one entirely")
    assert ended == (kim, [digest(token)])
    assert logins.by_token(token) is None
    assert logins.log_in(kim.email, PASSWORD, 14) is None
    assert logins.log_in(kim.email, "another one entirely", 14) is not None


def test_nobody_is_changed_where_the_address_is_unknown(kim: Any) -> None:
    nobody = "nobody@example.com"
    assert [logins.disable(nobody), logins.enable(nobody), logins.set_password(nobody, PASSWORD)] == [
        None
    ] * 3


def test_a_password_kept_with_older_costs_is_kept_with_todays_after_a_login(kim: Any) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    rows("UPDATE agent SET password_hash = %s", (cheap.hash(PASSWORD),))
    assert at_once(lambda: token_of(kim), 3)
    kept = one("SELECT password_hash FROM agent")
    assert not PasswordHasher().check_needs_rehash(kept)
    assert token_of(kim)


def test_the_development_agent_is_made_once_however_many_ask(tables: None) -> None:
    created = at_once(agents.development, 10)
    assert len({agent.id for agent in created}) == 1
    assert (created[0].role, agents.count()) == (ADMIN, 1)
