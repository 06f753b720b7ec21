"""The benchmark's own subscribers, a few of them, at a real gateway."""

from __future__ import annotations

import uuid

import pytest
import redis

from bench.load.crowd import Crowd, crowd
from bench.load.events import numbered
from bench.rows.fanout import WARM_UP, delivery
from bench.servers import Server, at_gateway
from tests.integration.wsgateway.gateway_process import GatewayProcess

pytestmark = pytest.mark.integration
SUBSCRIBERS = 3


@pytest.fixture
def server(gateway: GatewayProcess, store: redis.Redis) -> Server:
    return at_gateway(store, gateway.process.pid, gateway.port)


def test_every_subscriber_gets_every_event_once(server: Server, gateway: GatewayProcess) -> None:
    with delivery(server, SUBSCRIBERS) as begun:
        begun.runner(events=5)()
        begun.end()  # counts
    assert gateway.metric("frames_delivered_total") == (WARM_UP + 5) * SUBSCRIBERS


def test_an_event_that_comes_twice_ends_the_crowd(server: Server) -> None:
    conversation = str(uuid.uuid4())
    with crowd(server.plan(conversation, SUBSCRIBERS)) as subscribers:
        publish_and_wait(server, subscribers, conversation, 1)
        with pytest.raises(RuntimeError, match="ended with exit code 1"):
            publish_and_wait(server, subscribers, conversation, 1)


def publish_and_wait(server: Server, subscribers: Crowd, conversation: str, number: int) -> None:
    server.publish(conversation, numbered(conversation, number))
    subscribers.wait_for(number)
