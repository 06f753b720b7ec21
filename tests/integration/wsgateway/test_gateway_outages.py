"""A gateway outlives whatever becomes of its connections to Redis, and tells what it missed."""

from __future__ import annotations

import pytest

from engines.ports import LOOPBACK
from engines.valkey import Valkey
from faults.expect import eventually
from faults.strikes.proxy import Proxy
from realtime.sessions import Sessions
from tests.integration.wsgateway.gateway_client import ONE, connected, log_in, status
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway
from tests.support.telling import TellingBus

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _logged_in(sessions: Sessions) -> None:
    log_in(sessions)


def _reconnected(gateway: GatewayProcess, before: float) -> bool:
    assert gateway.process.poll() is None, gateway.log.read_text()[-3000:]
    return gateway.metric("bus_reconnects_total") > before


def test_idle_connections_that_end_by_an_error_end_no_gateway(
    valkey: Valkey, bus: TellingBus, start: StartGateway
) -> None:
    with Proxy(valkey.port) as proxy:
        gateway = start(redis_url=f"redis://{LOOPBACK}:{proxy.port}/0")
        with connected(gateway.port) as client:
            client.ask("subscribed", type="subscribe_inbox")
            for number in range(1, 4):
                before = gateway.metric("bus_reconnects_total")
                proxy.cut()
                bus.tell([status(ONE, number)])
                proxy.mend()
                eventually(lambda at=before: _reconnected(gateway, at))
                assert client.numbers(1) == [number]
            client.nothing_more()
