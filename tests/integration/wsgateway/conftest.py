"""Real processes: one Valkey for the module's tests, and gateways started as ``python -m wsgateway``."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from engines.valkey import Valkey
from realtime.sessions import Sessions
from tests.integration.wsgateway.gateway_process import GatewayProcess, StartGateway
from tests.support.telling import TellingBus


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("valkey")) as engine:
        yield engine


@pytest.fixture
def store(valkey: Valkey) -> Iterator[redis.Redis]:
    valkey.start()  # a test may have stopped it
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def bus(store: redis.Redis) -> TellingBus:
    return TellingBus(store, history=100_000)


@pytest.fixture
def sessions(store: redis.Redis) -> Sessions:
    return Sessions(store)


@pytest.fixture
def start(valkey: Valkey, store: redis.Redis, tmp_path: Path) -> Iterator[StartGateway]:
    running: list[GatewayProcess] = []

    def begin(ready: bool = True, **settings: Any) -> GatewayProcess:
        environ = {name.upper(): str(value) for name, value in settings.items()}
        gateway = GatewayProcess(valkey.url, tmp_path / f"gateway{len(running)}.log", environ)
        running.append(gateway)
        gateway.wait("/readyz" if ready else "/healthz")
        return gateway

    yield begin
    for gateway in running:
        gateway.stop(signal.SIGKILL)
        said = gateway.log.read_text()
        assert "Traceback" not in said, said[-3000:]


@pytest.fixture
def gateway(start: StartGateway) -> GatewayProcess:
    return start()
