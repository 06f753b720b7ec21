"""The house of ``guarded`` behind its front door, and behind a second one as it stands on the internet: with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from engines.caddy import Caddy
from engines.ports import free_port
from engines.waiting import wait_until
from tests.integration.frontdoor.halves import Deliveries, has_certificate
from tests.integration.frontdoor.secure import Secure

if TYPE_CHECKING:
    from tests.support.guarded import Guarded


@pytest.fixture(scope="session")
def secure(guarded: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    ports = guarded.house.formation.ports
    secure = Secure(free_port(), free_port())
    addresses = {
        "SITE_ADDRESS": f"https://localhost:{secure.https}",
        "PLAIN_ADDRESS": f"http://localhost:{secure.http}",
        "HTTP_PORT": str(secure.http),
    }
    caddy = Caddy(
        tmp_path_factory.mktemp("secure"),
        secure.https,
        web_port=ports.web,
        ws_port=ports.ws,
        options=addresses,
    )
    caddy.start()
    assert wait_until(lambda: has_certificate(secure.https), 30)
    yield secure
    caddy.stop()


@pytest.fixture(scope="session")
def deliveries(guarded: Guarded, phones: Iterator[str]) -> Deliveries:
    """Meta, which goes on delivering."""
    return Deliveries(guarded.house, next(phones))
