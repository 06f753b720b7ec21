"""What Celery is told, where it is not what Celery does by itself."""

from __future__ import annotations

import pytest
from kombu import Connection

from queues.app import app
from queues.transport import Transport


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_connection_that_ends_puts_nothing_back_and_is_called_by_its_plain_url(scheme: str) -> None:
    connection = Connection(f"{scheme}://localhost:1/0")
    assert connection.get_transport_cls() is Transport, f"{app.main} speaks to Redis by kombu's own transport"
    assert connection.get_transport_cls().Channel.do_restore is False
    assert connection.as_uri().startswith(f"{scheme}://")
