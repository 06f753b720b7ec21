"""The sandbox takes orders from programs and from its own page, and from no other page a developer has open."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests

from tests.integration.sandbox.sandboxprocess import NUMBER, Sandbox

pytestmark = pytest.mark.integration

READ = ["", "sandbox/settings", "sandbox/messages", "sandbox/phone", "static/main.js"]
DRIVE = [
    ("POST", "sandbox/reset"),
    ("POST", "sandbox/inbound"),
    ("PATCH", "sandbox/settings"),
    ("DELETE", "sandbox/faults"),
]


def ask(sandbox: Sandbox, method: str, path: str, **headers: str) -> int:
    answer = requests.request(method, f"{sandbox.url}/{path}", data=b"{}", headers=headers, timeout=30)
    return answer.status_code


@pytest.mark.parametrize("path", READ)
def test_under_a_name_that_leads_here_nothing_is_to_be_read(sandbox: Sandbox, path: str) -> None:
    for host in ("evil.example", "localhost.evil.example", "evil.example:8090", "[", ""):
        assert ask(sandbox, "GET", path, Host=host) in (400, 403)


@pytest.mark.parametrize(("method", "path"), DRIVE)
def test_a_page_of_another_origin_drives_nothing(sandbox: Sandbox, method: str, path: str) -> None:
    url = sandbox.control("GET", "settings")["webhook"]["url"]
    for origin in ("https://evil.example", "null", "http://localhost:1", "http://127.0.0.1"):
        assert ask(sandbox, method, path, Origin=origin, **{"Content-Type": "text/plain"}) == 403
    assert ask(sandbox, method, path, Host="evil.example", Origin="http://evil.example") == 403
    assert sandbox.control("GET", "settings")["webhook"]["url"] == url


def test_its_own_page_and_programs_do(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.url).port
    for name in ("localhost", "127.0.0.1", "[::1]", "LOCALHOST"):
        assert ask(sandbox, "GET", "", Host=f"{name}:{port}") == 200
        assert (
            ask(sandbox, "POST", "sandbox/reset", Host=f"{name}:{port}", Origin=f"http://{name}:{port}")
            == 200
        )
    assert ask(sandbox, "POST", "sandbox/reset") == 200


def test_the_cloud_api_is_called_by_any_name(sandbox: Sandbox) -> None:
    headers = {"Host": "sandbox:8090", "Authorization": "Bearer a-token"}
    assert ask(sandbox, "GET", f"v26.0/{NUMBER}", **headers) == 200
