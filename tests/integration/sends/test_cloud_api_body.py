"""A body written for the Cloud API may be sent as it stands: its constants, its quote, its reference."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests

    from faults.house import House
    from tests.integration.sends.customer import Customer

pytestmark = pytest.mark.integration

CONSTANTS = {"messaging_product": "whatsapp", "recipient_type": "individual"}
GROUP = "Y2FwaV9ncm91cDoxMjM0NTY3ODkwMTIzNDU2OnRlYS1jbHVi"


def send(customer: Customer, key: str = "", **more: Any) -> requests.Response:
    body = {"to": customer.phone, "type": "text", "text": {"body": "Until six."}} | more
    headers = {"Idempotency-Key": key} if key else {}
    return customer.house.request("POST", "/messages/send", json=body, headers=headers)


def wrong(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return dict(answer.json()["error"]["fields"])


def asked(customer: Customer, words: str = "Are you open?") -> dict[str, Any]:
    """The customer's question as it is stored."""
    update = customer.house.meta.text(customer.phone, words)
    customer.house.deliver(customer.house.meta.said(update))
    return customer.house.stored(update["id"])


def test_the_constants_of_the_cloud_api_may_stand_there(customer: Customer) -> None:
    sent = send(customer, **CONSTANTS)
    assert sent.status_code == 202, sent.text
    customer.wait_for(sent.json()["id"], "read")


def test_a_constant_that_says_something_else_is_refused_by_its_name(customer: Customer) -> None:
    fields = wrong(send(customer, messaging_product="messenger", recipient_type="everybody"))
    assert set(fields) == {"messaging_product", "recipient_type"}
    assert "whatsapp" in fields["messaging_product"]


def test_a_field_nobody_knows_is_refused_still(customer: Customer) -> None:
    assert set(wrong(send(customer, **CONSTANTS, biz="x"))) == {"biz"}


def test_a_group_is_no_individual(house: House, phone: str) -> None:
    update = house.meta.text(phone, "Hello all", group_id=GROUP)
    house.deliver(house.meta.said(update))
    conversation = house.stored(update["id"])["conversation_id"]
    body = {"conversation_id": conversation, "recipient_type": "individual", "type": "text"}
    refused = house.request("POST", "/messages/send", json=body | {"text": {"body": "Hello"}})
    assert set(wrong(refused)) == {"recipient_type"}


@pytest.mark.parametrize("named", ["conversation_id", "to"])
def test_a_group_is_answered_and_tells_how_far_the_answer_came(house: House, phone: str, named: str) -> None:
    group = f"{GROUP}{phone}"
    update = house.meta.text(phone, "Hello all", group_id=group)
    house.deliver(house.meta.said(update))
    question = house.stored(update["id"])
    whom = (
        {"conversation_id": question["conversation_id"]}
        if named == "conversation_id"
        else {"to": group, "recipient_type": "group"}
    )
    body = {"type": "text", "text": {"body": "At six"}, "context": {"message_id": update["id"]}} | whom
    sent = house.request("POST", "/messages/send", json=body)
    assert sent.status_code == 202, sent.text
    assert sent.json()["conversation_id"] == question["conversation_id"]
    path = f"/messages/{sent.json()['id']}"
    house.eventually(lambda: house.request("GET", path).json()["status"] == "read", what="the answer read")
    (taken,) = house.sent(sent.json()["id"])
    request = taken["request"]
    assert (request["recipient_type"], request["to"], "recipient" in request) == ("group", group, False)


def test_a_person_is_no_group(customer: Customer) -> None:
    assert set(wrong(send(customer, recipient_type="group"))) == {"to"}


@pytest.mark.parametrize("name", ["wamid", "id"])
def test_the_context_quotes_a_message_by_its_wamid_or_its_id(customer: Customer, name: str) -> None:
    question = asked(customer)
    sent = send(customer, context={"message_id": question[name]})
    assert sent.status_code == 202, sent.text
    assert sent.json()["reply_to"] == question["id"]
    customer.wait_for(sent.json()["id"], "read")
    assert customer.taken()[-1]["request"]["context"] == {"message_id": question["wamid"]}


def test_a_context_that_names_no_message_of_the_conversation_is_refused(
    customer: Customer, another: Customer
) -> None:
    elsewhere = asked(another)
    for named in ("wamid.NOBODY", elsewhere["wamid"], str(uuid.uuid4())):
        assert set(wrong(send(customer, context={"message_id": named}))) == {"context.message_id"}, named
    assert set(wrong(send(customer, context={"message_id": 5, "from": "x"}))) == {
        "context.message_id",
        "context.from",
    }
    assert set(wrong(send(customer, context="wamid.X"))) == {"context"}
    both = {"context": {"message_id": elsewhere["wamid"]}, "reply_to": elsewhere["id"]}
    assert set(wrong(send(customer, **both))) == {"context"}


@pytest.mark.parametrize("field", ["client_reference", "biz_opaque_callback_data"])
def test_a_reference_comes_back_with_the_message_and_all_that_is_told_of_it(
    customer: Customer, field: str
) -> None:
    house = customer.house
    with house.socket("me") as socket:
        socket.send(type="subscribe_conversation", conversation_id=customer.conversation)
        socket.expect("subscribed")
        sent = send(customer, **{field: "order 1843"}).json()
        assert sent["client_reference"] == "order 1843"
        assert socket.expect("new_message")["message"]["client_reference"] == "order 1843"
        assert socket.expect("message_status")["client_reference"] == "order 1843"
    customer.wait_for(sent["id"], "read")
    listed = house.request("GET", f"/conversations/{customer.conversation}/messages").json()["data"]
    assert [message["client_reference"] for message in listed] == ["order 1843", None]
    # Meta gets Parley's own id, by which it finds the message again.
    assert customer.taken()[-1]["biz_opaque_callback_data"] == sent["id"]


def test_a_reference_belongs_to_what_an_idempotency_key_stands_for(customer: Customer) -> None:
    key = uuid.uuid4().hex
    first = send(customer, key, client_reference="order 1").json()
    again, other = send(customer, key, client_reference="order 1"), send(customer, key, client_reference="2")
    assert (again.json()["id"], again.json()["client_reference"]) == (first["id"], "order 1")
    assert other.json()["error"]["code"] == "idempotency_key_reused"


def test_a_reference_by_itself_names_no_message(customer: Customer) -> None:
    """Campaigns give all their messages one."""
    first, second = (send(customer, client_reference="campaign").json() for _ in range(2))
    assert first["id"] != second["id"]


def test_a_reference_too_long_or_in_two_words_is_refused(customer: Customer) -> None:
    assert set(wrong(send(customer, client_reference="x" * 513))) == {"client_reference"}
    two = {"client_reference": "a", "biz_opaque_callback_data": "b"}
    assert set(wrong(send(customer, **two))) == {"biz_opaque_callback_data"}
