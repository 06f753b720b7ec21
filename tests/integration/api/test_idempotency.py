"""One Idempotency-Key, one message: however often and however many at once."""

from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded

pytestmark = pytest.mark.integration

MANY, AT_ONCE = 1000, 40


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


def send(house: House, phone: str, words: str, key: str, **how: Any) -> requests.Response:
    body = {"type": "text", "to": phone, "text": {"body": words}}
    return house.request("POST", "/messages/send", json=body, headers={"Idempotency-Key": key}, **how)


def insist(house: House, phone: str, words: str, key: str) -> requests.Response:
    """Send as every good client does: of many at once some find no place, and ask again when they are told to."""
    while (answer := send(house, phone, words, key)).status_code == 503:
        assert answer.json()["error"]["code"] == "busy"
        time.sleep(float(answer.headers["Retry-After"]))
    return answer


def test_the_same_key_and_body_give_the_same_message(guarded_house: House, phone: str, key: str) -> None:
    guarded_house.converse(phone)
    first = send(guarded_house, phone, "Hello", key)
    again = send(guarded_house, phone, "Hello", key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]


def test_the_order_of_the_fields_makes_no_other_request(guarded_house: House, phone: str, key: str) -> None:
    guarded_house.converse(phone)
    first = send(guarded_house, phone, "Hello", key).json()
    turned = {"text": {"body": "Hello"}, "to": phone, "type": "text"}
    again = guarded_house.request("POST", "/messages/send", json=turned, headers={"Idempotency-Key": key})
    assert again.json()["id"] == first["id"]


def test_the_same_key_with_another_body_is_a_conflict(guarded_house: House, phone: str, key: str) -> None:
    conversation = guarded_house.converse(phone)
    send(guarded_house, phone, "Hello", key)
    other = send(guarded_house, phone, "Something else", key)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    listed = guarded_house.request("GET", f"/conversations/{conversation}/messages").json()["data"]
    assert [message["preview"] for message in listed if message["direction"] == "outbound"] == ["Hello"]


def test_two_agents_may_choose_the_same_key(guarded: Guarded, phone: str, key: str) -> None:
    guarded.house.converse(phone)
    mine = send(guarded.house, phone, "Hello", key).json()
    theirs = send(guarded.house, phone, "Hello", key, token=guarded.admin.token).json()
    assert mine["id"] != theirs["id"]


@pytest.mark.timed
def test_a_thousand_parallel_posts_with_one_key_send_one_message(
    guarded_house: House, phone: str, key: str
) -> None:
    conversation = guarded_house.converse(phone)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: insist(guarded_house, phone, "Only once", key), range(MANY)))
    assert {answer.status_code for answer in answers} == {202}
    (message,) = {answer.json()["id"] for answer in answers}
    guarded_house.eventually(lambda: guarded_house.sent(message), what="the sandbox taking the message")
    query = "SELECT count(*) FROM message WHERE conversation_id = %s AND direction = 'outbound'"
    assert guarded_house.ask(query, conversation) == [(1,)]
    assert len(guarded_house.sandbox("GET", f"messages?to={phone}")["messages"]) == 1
