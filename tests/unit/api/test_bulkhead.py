"""The places of requests that may wait for Postgres, in the house's own middleware."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import falcon
import falcon.testing
import pytest

from api import errors
from api.middleware.bulkhead import PATIENCE_S, Bulkhead, places
from api.resource import Resource

LIMIT = 2


class Waiting(Resource):
    """Waits until it is let go, as for a Postgres that does not answer."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.inside = threading.Semaphore(0)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self.inside.release()
        assert self.let_go.wait(10)


class Quick(Resource):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        pass


class Webhook(Quick):
    needs_database = False


class Failing(Resource):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise ZeroDivisionError


class Page(Resource):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"a": "page"}


class File(Resource):
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_stream(io.BytesIO(b"a picture"), 9)


class House:
    """An app with these resources, and threads that are in a request that waits."""

    def __init__(self) -> None:
        self.app: falcon.App[Any, Any] = falcon.App(middleware=[Bulkhead(LIMIT)])
        errors.install(self.app)
        self.waiting = Waiting()
        resources = {"waiting": self.waiting, "quick": Quick(), "webhook": Webhook()}
        for name, resource in (resources | {"failing": Failing(), "file": File(), "page": Page()}).items():
            self.app.add_route(f"/{name}", resource)
        self._threads: list[threading.Thread] = []

    def get(self, path: str) -> falcon.testing.Result:
        return falcon.testing.simulate_get(self.app, path)

    def occupy(self, count: int) -> None:
        for _ in range(count):
            thread = threading.Thread(target=self.get, args=("/waiting",))
            thread.start()
            self._threads.append(thread)
            assert self.waiting.inside.acquire(timeout=5)

    def end(self) -> None:
        self.waiting.let_go.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def house() -> Iterator[House]:
    made = House()
    yield made
    made.end()


def timed(house: House, path: str) -> tuple[float, falcon.testing.Result]:
    began = time.monotonic()
    answer = house.get(path)
    return time.monotonic() - began, answer


@pytest.mark.parametrize(
    ("threads", "expected"), [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (16, 12), (17, 13), (64, 60)]
)
def test_four_threads_are_kept_free_or_a_quarter_of_few(threads: int, expected: int) -> None:
    assert places(threads) == expected


def test_one_more_than_the_limit_is_told_to_come_again(house: House) -> None:
    house.occupy(LIMIT)
    answer = house.get("/quick")
    assert answer.status_code == 503
    assert answer.json["error"]["code"] == "busy"
    assert answer.headers["Retry-After"] == "1"


def test_where_all_hang_nobody_waits(house: House) -> None:
    house.occupy(LIMIT)
    assert timed(house, "/quick")[1].status_code == 503
    took, answer = timed(house, "/quick")  # the one before has waited; by now none has come or gone
    assert answer.status_code == 503
    assert took < PATIENCE_S


def test_while_others_come_and_go_one_waits_for_its_turn(house: House) -> None:
    house.occupy(LIMIT)
    ending = threading.Timer(PATIENCE_S / 4, house.waiting.let_go.set)
    ending.start()
    assert house.get("/quick").status_code == 200
    ending.join()


def test_webhooks_need_no_place(house: House) -> None:
    house.occupy(LIMIT)
    assert house.get("/webhook").status_code == 200


@pytest.mark.parametrize("path", ["/quick", "/failing", "/file", "/page", "/nowhere"])
def test_a_place_is_given_back_however_a_request_ends(house: House, path: str) -> None:
    for _ in range(2 * LIMIT):
        assert house.get(path).status_code != 503


def test_a_file_holds_its_place_until_its_last_byte(house: House) -> None:
    bodies = [house.app(falcon.testing.create_environ("/file"), lambda *_: None) for _ in range(LIMIT)]
    assert house.get("/quick").status_code == 503
    for body in bodies:
        assert b"".join(body) == b"a picture"
        body.close()  # type: ignore[attr-defined]
    assert house.get("/quick").status_code == 200


def test_so_does_a_page_of_json(house: House) -> None:
    answers = [house.app(falcon.testing.create_environ("/page"), lambda *_: None) for _ in range(LIMIT)]
    assert house.get("/quick").status_code == 503
    for answer in answers:
        assert b"".join(answer) == b'{"a": "page"}'
        answer.close()  # type: ignore[attr-defined]
    assert house.get("/quick").status_code == 200
    assert house.get("/page").headers["content-length"] == "13"
