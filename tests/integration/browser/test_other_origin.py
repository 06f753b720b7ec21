"""A front end of somebody's own, served from another port, in a real browser: what curl never notices."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Page

from faults.house import PRODUCTION
from faults.people.agents import PASSWORD, Person, employ

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.conftest import House, StartHouse

pytestmark = [pytest.mark.integration, pytest.mark.browser]


@pytest.fixture(scope="module")
def pages() -> Iterator[int]:
    """The port of a server of the page beside this file."""
    handler = functools.partial(_Quiet, directory=str(Path(__file__).parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def open_to(
    tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse, pages: int
) -> Iterator[tuple[House, Person]]:
    """A house with logins that lets in pages of ``http://localhost:<pages>``, and somebody who works there."""
    allowed = {"ALLOWED_ORIGINS": f"http://localhost:{pages}"}
    with start_house(tmp_path_factory.mktemp("open_to"), "production", **PRODUCTION, **allowed) as house:
        yield house, employ(house, "ada@example.com", "agent")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def test_a_page_of_an_allowed_origin_does_all_a_client_does(
    open_to: tuple[House, Person], pages: int, page: Page, phone: str
) -> None:
    house, person = open_to
    conversation = house.converse(phone)
    page.goto(f"http://localhost:{pages}/other_origin.html")
    visit = "([site, email, password, conversation]) => visit(site, email, password, conversation)"
    seen = page.evaluate(visit, [house.site, person.email, PASSWORD, conversation])
    assert seen == {
        "login": 200,
        "list": 200,
        "ticket": 201,
        "hello": True,
        "send": 202,
        "event": True,
        "change": 200,
        "unknown": 404,
        "nobody": 401,
    }


def test_a_page_of_any_other_origin_can_read_nothing(
    open_to: tuple[House, Person], pages: int, page: Page
) -> None:
    house, _ = open_to
    # Another name of the same server is another origin.
    page.goto(f"http://127.0.0.1:{pages}/other_origin.html")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("(site) => fetch(site + '/api/v1/whatsapp/webhook/test')", house.site)
