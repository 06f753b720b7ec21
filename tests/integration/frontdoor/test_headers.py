"""What every kind of answer tells a browser, asked for through the front door, with TLS and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

from engines.caddy import Caddy
from engines.ports import free_port
from engines.waiting import wait_until
from tests.integration.frontdoor.halves import has_certificate

if TYPE_CHECKING:
    from tests.integration.frontdoor.secure import Secure
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.filterwarnings("ignore:Unverified HTTPS request")]

WAIT_S = 30
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture(scope="session")
def file_path(guarded: Guarded, phones: Iterator[str]) -> str:
    """The path of a customer's photo."""
    order = guarded.house.sandbox("POST", "inbound", **{"from": next(phones), "type": "image"})
    path = f"/media/{guarded.house.stored(order['messages'][0])['id']}"
    guarded.house.eventually(lambda: guarded.house.request("GET", path).ok, what="the file")
    return f"/api/v1{path}"


def asked(guarded: Guarded, base: str, method: str, path: str, **how: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {guarded.agent.token}"}
    return requests.request(method, base + path, headers=headers, verify=False, timeout=WAIT_S, **how)  # type: ignore[arg-type]


@pytest.fixture(params=["http", "https"])
def base(guarded: Guarded, secure: Secure, request: pytest.FixtureRequest) -> str:
    return f"https://localhost:{secure.https}" if request.param == "https" else guarded.house.site


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/console/app.js", 200),
        ("GET", "/api/v1/auth/me", 200),
        ("POST", "/api/v1/whatsapp/webhook", 401),
        ("GET", "/nowhere", 404),
        ("GET", "/metrics", 404),
        ("DELETE", "/api/v1/conversations", 405),
        ("GET", "/healthz", 200),
    ],
)
def test_every_kind_of_answer_keeps_browsers_from_guessing_and_framing(
    guarded: Guarded, base: str, method: str, path: str, status: int
) -> None:
    holds(asked(guarded, base, method, path), status, base)


def test_a_customers_file_too(guarded: Guarded, base: str, file_path: str) -> None:
    holds(asked(guarded, base, "GET", file_path), 200, base)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_the_front_door_answers_where_the_processes_are_away_too(
    tmp_path_factory: pytest.TempPathFactory, scheme: str
) -> None:
    port, closed = free_port(), free_port()
    plain = free_port() if scheme == "https" else port
    options = {
        "SITE_ADDRESS": f"{scheme}://localhost:{port}",
        "PLAIN_ADDRESS": f"http://plain.invalid:{plain}",
        "HTTP_PORT": str(plain),
    }
    caddy = Caddy(tmp_path_factory.mktemp("alone"), port, web_port=closed, ws_port=closed, options=options)
    caddy.start()
    try:
        assert wait_until(lambda: scheme == "http" or has_certificate(port), WAIT_S)
        base = f"{scheme}://localhost:{port}"
        holds(requests.get(f"{base}/", timeout=WAIT_S, verify=False), 503, base)
    finally:
        caddy.stop()


def holds(answer: requests.Response, status: int, base: str) -> None:
    assert answer.status_code == status
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, name
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert ("Strict-Transport-Security" in answer.headers) == base.startswith("https")
    for name in ("Server", "Via", "Parley-Body"):
        assert name not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/api/v1/whatsapp/webhook", "/api/v1/auth/login"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_api_is_refused_over_plain_http_where_there_is_tls(
    guarded: Guarded, secure: Secure, method: str, path: str
) -> None:
    answer = asked(guarded, f"http://localhost:{secure.http}", method, path, allow_redirects=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_pages_are_redirected(guarded: Guarded, secure: Secure) -> None:
    answer = asked(guarded, f"http://localhost:{secure.http}", "GET", "/", allow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://localhost")


def test_the_consoles_files_are_compressed_and_nothing_that_holds_a_secret_is(
    guarded: Guarded, base: str
) -> None:
    assert asked(guarded, base, "GET", "/console/app.js").headers["Content-Encoding"] == "gzip"
    for path in ("/api/v1/auth/me", "/api/v1/agents", "/api/v1/conversations"):
        assert "Content-Encoding" not in asked(guarded, base, "GET", path).headers
