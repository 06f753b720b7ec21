"""Who may open a socket, and how refusals look."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from websockets.exceptions import InvalidStatus

from engines.valkey import Valkey
from faults.expect import eventually
from ground.clock import now
from ground.digest import digest
from realtime.sessions import Sessions, session_key
from tests.integration.wsgateway.gateway_client import ANNA, BERT, ONE, TOKEN, connected, log_in, open_socket
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway

pytestmark = pytest.mark.integration

PLACEHOLDER = {"whatsapp_app_secret": "development-app-secret"}


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


def test_an_unknown_token_is_closed_as_unauthorized(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, token="wrong") as client:
        assert client.close_code() == 4401


def test_a_ticket_opens_one_socket(gateway: GatewayProcess, sessions: Sessions) -> None:
    ticket = sessions.issue_ticket(ANNA, digest(TOKEN))
    with connected(gateway.port, token=None, ticket=ticket) as client:
        client.ask("pong", type="ping")
        with open_socket(gateway.port, token=None, ticket=ticket) as second:
            assert second.close_code() == 4401


def test_a_ticket_of_another_user_is_forbidden(gateway: GatewayProcess, sessions: Sessions) -> None:
    ticket = sessions.issue_ticket(BERT, digest(TOKEN))
    with open_socket(gateway.port, token=None, ticket=ticket) as client:
        assert client.close_code() == 4403


def test_a_token_of_another_user_is_forbidden(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, user_id=BERT) as client:
        assert client.close_code() == 4403


def test_the_first_frame_may_bring_the_token_and_requests_behind_it_are_kept(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, token=None) as client:
        client.send(type="auth", token=TOKEN)
        client.send(type="subscribe_inbox", ref=7)
        client.expect("hello")
        assert client.expect("subscribed")["ref"] == 7


def test_a_first_frame_that_is_not_auth_is_unauthorized(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, token=None) as client:
        client.send(type="ping")
        assert client.close_code() == 4401


def test_a_malformed_first_frame_is_explained_and_may_be_mended(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, token=None) as client:
        assert client.ask("error", type="auth", token=7)["code"] == "invalid_field"
        client.send(type="auth", token=TOKEN)
        client.expect("hello")


def test_silence_instead_of_auth_is_closed_after_five_seconds(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, token=None) as client:
        assert client.close_code() == 4408


def test_a_page_of_an_unknown_origin_is_refused_and_a_known_one_is_not(gateway: GatewayProcess) -> None:
    with open_socket(gateway.port, origin="https://evil.example") as client:
        assert client.close_code() == 4406
    with open_socket(gateway.port, origin="null") as client:
        assert client.close_code() == 4406
    for origin in ("https://inbox.example", "http://localhost:3000"):  # localhost: development only
        with connected(gateway.port, origin=origin):
            pass


def test_other_paths_are_not_found(gateway: GatewayProcess) -> None:
    assert gateway.http("/")[0] == 404
    with pytest.raises(InvalidStatus) as refused, open_socket(gateway.port, user_id="a/b"):
        pass
    assert refused.value.response.status_code == 404


def test_an_ended_session_closes_its_sockets_and_no_others(
    gateway: GatewayProcess, sessions: Sessions
) -> None:
    log_in(sessions, ANNA, "other" * 9)
    with connected(gateway.port) as ended, connected(gateway.port, token="other" * 9) as kept:
        sessions.end(ANNA, [digest(TOKEN)])
        assert ended.close_code() == 4410
        kept.ask("pong", type="ping")
        sessions.end_all(ANNA)
        assert kept.close_code() == 4410
    with open_socket(gateway.port) as client:
        assert client.close_code() == 4401


def test_an_agent_all_of_whose_sessions_end_cannot_come_back_by_any_of_them(
    gateway: GatewayProcess, sessions: Sessions
) -> None:
    other = log_in(sessions, ANNA, "other" * 9)
    bert = log_in(sessions, BERT, "b" * 43)
    ticket = sessions.issue_ticket(ANNA, digest("unmirrored" * 4))
    with connected(gateway.port) as one, connected(gateway.port, token=other) as two:
        sessions.end_all(ANNA)
        assert {one.close_code(), two.close_code()} == {4410}
    for token in (TOKEN, other):
        with open_socket(gateway.port, token=token) as client:
            assert client.close_code() == 4401
    with open_socket(gateway.port, token=None, ticket=ticket) as client:
        assert client.close_code() == 4401
    with connected(gateway.port, token=bert, user_id=BERT):
        pass


def test_a_ticket_asked_for_before_the_logout_opens_nothing_after_it(
    gateway: GatewayProcess, sessions: Sessions
) -> None:
    ticket = sessions.issue_ticket(ANNA, digest(TOKEN))
    sessions.end(ANNA, [digest(TOKEN)])
    with open_socket(gateway.port, token=None, ticket=ticket) as client:
        assert client.close_code() == 4401


def test_a_request_that_was_under_way_at_the_logout_does_not_bring_the_session_back(
    gateway: GatewayProcess, sessions: Sessions
) -> None:
    sessions.end(ANNA, [digest(TOKEN)])
    log_in(sessions)  # as the request does, which found the session valid a moment before
    with open_socket(gateway.port) as client:
        assert client.close_code() == 4401


def test_a_socket_ends_when_its_session_expires(gateway: GatewayProcess, sessions: Sessions) -> None:
    sessions.remember("short" * 8, ANNA, now() + timedelta(seconds=2.5))
    with connected(gateway.port, token="short" * 8) as client:
        assert client.close_code() == 4410


def test_a_login_that_ended_while_redis_was_cut_off_is_noticed_afterwards(
    gateway: GatewayProcess, sessions: Sessions, store: redis.Redis
) -> None:
    log_in(sessions, ANNA, "other" * 9)
    with connected(gateway.port) as ended, connected(gateway.port, token="other" * 9) as kept:
        store.delete(session_key(TOKEN))
        store.client_kill_filter(_type="pubsub")
        assert ended.close_code() == 4409
        kept.ask("pong", type="ping")


def test_redis_away_means_try_again(gateway: GatewayProcess, valkey: Valkey) -> None:
    valkey.stop()
    with open_socket(gateway.port) as client:
        assert client.close_code() == 1013


def test_an_open_house_asks_nobody_who_they_are(start: StartGateway) -> None:
    gateway = start(**PLACEHOLDER)
    with connected(gateway.port, token=None, user_id="anyone", origin="http://127.0.0.1:8000") as client:
        client.ask("subscribed", type="subscribe_conversation", conversation_id=ONE)
    with open_socket(gateway.port, token=None, user_id="anyone", origin="https://evil.example") as client:
        assert client.close_code() == 4406


def test_an_open_house_asks_who_they_are_whoever_comes_through_a_tunnel(start: StartGateway) -> None:
    gateway = start(**PLACEHOLDER)
    with open_socket(gateway.port, token=None, user_id="anyone", called="parley.tunnel.example") as client:
        client.send(type="ping")
        assert client.close_code() == 4401


def test_an_open_house_refuses_a_wrong_token_all_the_same(start: StartGateway) -> None:
    gateway = start(**PLACEHOLDER)
    with open_socket(gateway.port, token="nobody's", user_id="anyone") as client:
        assert client.close_code() == 4401


def test_credentials_never_reach_the_log(start: StartGateway, sessions: Sessions, store: redis.Redis) -> None:
    gateway = start(log_level="debug")
    ticket = sessions.issue_ticket(ANNA, digest(TOKEN))
    with connected(gateway.port, token=None, ticket=ticket) as client:
        client.ask("pong", type="ping")
    with connected(gateway.port) as client:
        client.send(type="auth", token="secret-in-a-frame")
        client.expect("error")
    eventually(lambda: gateway.metric("connections") == 1)  # the one that asks
    gateway.stop()
    said = gateway.log.read_text()
    assert ticket not in said
    assert TOKEN not in said
    assert "secret-in-a-frame" not in said
