"""Celery's way to Redis: what it does with calls it had taken when a connection ends."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import pytest
from kombu import Producer, Queue

from engines.valkey import Valkey
from faults.expect import eventually
from queues.transport import Connection, Transport

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("end", ["ack_log_error", "reject_log_error"])
def test_a_call_ticked_off_after_its_connection_ended_ends_no_worker(
    end: str, shared_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[Any] = []
    with Connection(shared_valkey.url, transport=Transport) as connection:
        queue = Queue(f"ends-{uuid.uuid4()}", durable=False)
        Producer(connection.channel()).publish({}, routing_key=queue.name, declare=[queue])
        channel = connection.channel()
        queue(channel).declare()
        eventually(lambda: taken or taken.extend(filter(None, [queue(channel).get()])), what="the call")
        # As Celery does where a connection broke: the channel is closed, and what was begun is still to be ticked off.
        connection.collect()
        getattr(taken[0], end)(logging.getLogger(__name__), connection.connection_errors)
    assert "the channel was closed" in caplog.text
