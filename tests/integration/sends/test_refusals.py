"""Whom a refusal concerns: the message alone, the person, or the pace of the number."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from faults.house import House
    from tests.integration.sends.customer import Customer

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("code", "kind"),
    [(131026, "recipient"), (131051, "content"), (131049, "later"), (131047, "window_closed")],
)
def test_a_message_refused_for_what_it_is_fails_and_holds_nobody(
    customer: Customer, another: Customer, code: int, kind: str
) -> None:
    customer.spoil("graph_error", code=code)
    refused, next_one = customer.say("Refused"), customer.say("The next one")
    elsewhere = another.say()
    assert customer.wait_for(refused, "failed")["error"]["class"] == kind
    customer.wait_for(next_one, "read")
    another.wait_for(elsewhere, "read")
    assert customer.hold() is None


def test_a_file_that_meta_does_not_have_any_more_is_given_to_it_anew_when_somebody_asks_again(
    customer: Customer,
) -> None:
    house = customer.house
    file = {"file": ("note.txt", f"A note to {customer.phone}".encode(), "text/plain")}
    upload = house.request("POST", "/media", files=file).json()["id"]
    body = {
        "conversation_id": customer.conversation,
        "type": "document",
        "document": {"id": upload, "filename": "note.txt"},
    }
    sent = [str(house.request("POST", "/messages/send", json=body).json()["id"])]
    customer.wait_for(sent[0], "read")
    ((copy,),) = house.ask(
        "SELECT c.media_id FROM upload_copy c JOIN upload USING (digest) WHERE id = %s", upload
    )
    at_meta = f"{house.formation.env['WHATSAPP_GRAPH_URL']}/v26.0/{copy}"
    house.ask("UPDATE upload_copy SET expires_at = expires_at - interval '1 hour' WHERE media_id = %s", copy)
    assert requests.delete(at_meta, headers={"Authorization": "Bearer any"}, timeout=30).ok

    sent.append(str(house.request("POST", "/messages/send", json=body).json()["id"]))
    assert customer.wait_for(sent[1], "failed")["error"]["code"] == 100
    assert house.request("POST", f"/messages/{sent[1]}/retry").status_code == 202
    customer.wait_for(sent[1], "read")


def test_a_file_that_meta_has_just_got_is_not_given_to_it_anew_for_a_refusal(customer: Customer) -> None:
    """Or a campaign that is refused would bring its picture as often as it has recipients."""
    house = customer.house
    file = {"file": ("note.txt", f"Another note to {customer.phone}".encode(), "text/plain")}
    document = {"id": house.request("POST", "/media", files=file).json()["id"], "filename": "note.txt"}
    body = {"conversation_id": customer.conversation, "type": "document", "document": document}
    copies = "SELECT c.media_id FROM upload_copy c JOIN upload USING (digest) WHERE id = %s"
    customer.wait_for(str(house.request("POST", "/messages/send", json=body).json()["id"]), "read")
    before = house.ask(copies, document["id"])
    customer.spoil("graph_error", code=131051)
    customer.wait_for(str(house.request("POST", "/messages/send", json=body).json()["id"]), "failed")
    assert house.ask(copies, document["id"]) == before


def test_too_many_messages_to_one_person_leave_that_person_alone_waiting(
    customer: Customer, another: Customer
) -> None:
    asked_at = time.time()
    customer.spoil("graph_error", code=131056)
    throttled, behind = customer.say("Too many"), customer.say("Behind it")
    house = customer.house
    house.eventually(lambda: customer.message(throttled)["error"])
    another.wait_for(another.say(), "read")
    waiting = customer.message(throttled)
    assert (waiting["status"], waiting["error"]["class"]) == ("queued", "throttled_pair")
    assert (customer.taken(), customer.hold()) == ([], None)
    customer.wait_for(throttled, "read")
    first = customer.taken()[0]
    assert first["biz_opaque_callback_data"] == throttled
    # Meta asks for 4 seconds after the first refusal.
    assert first["at"] - asked_at >= 4
    assert customer.message(behind)["status"] != "failed"


@pytest.fixture
def pace(house: House) -> Iterator[str]:
    """The key of the number's pace, which is new, and forgotten afterwards, as is a rate of its own."""
    key = f"parley:pace:number:{house.meta.number}"
    house.redis.delete(key)
    yield key
    house.redis.delete(key)
    assert house.request("PATCH", f"/numbers/{house.meta.number}", json={"send_rate": None}).ok


def test_a_throttled_number_goes_on_at_half_its_pace(
    house: House, customer: Customer, phones: Iterator[str], pace: str
) -> None:
    people = [type(customer)(house, next(phones)) for _ in range(8)]
    assert house.request("PATCH", f"/numbers/{house.meta.number}", json={"send_rate": 4}).status_code == 200
    customer.spoil("graph_error", code=130429)
    throttled = customer.say("Too fast")
    error = house.eventually(lambda: customer.message(throttled)["error"])
    assert error["class"] == "throttled_number"
    assert 0.5 <= float(house.redis.hget(pace, "share")) < 0.6
    sent = [(person, person.say("At half the pace")) for person in people]
    for person, message in sent:
        person.wait_for(message, "accepted", "sent", "delivered", "read")
    customer.wait_for(throttled, "read")
    times = sorted(person.taken()[0]["at"] for person in [*people, customer])
    # Nine at two a second take four seconds; at the whole pace they would have taken two.
    assert times[-1] - times[0] > 3
    assert customer.hold() is None


def test_metas_retry_after_is_honoured_by_the_whole_number(
    house: House, customer: Customer, another: Customer, pace: str
) -> None:
    asked_at = time.time()
    customer.spoil("throttled", retry_after=2)
    throttled = customer.say("Too fast")
    house.eventually(lambda: house.redis.hget(pace, "closed"), what="the number's pause")
    elsewhere = another.say("To somebody else")
    customer.wait_for(throttled, "read")
    another.wait_for(elsewhere, "read")
    assert min(person.taken()[0]["at"] for person in (customer, another)) - asked_at >= 2
