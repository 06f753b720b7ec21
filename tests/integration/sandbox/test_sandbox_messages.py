"""What the business may send, and what Meta would answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from faults.expect import eventually
from tests.integration.sandbox.sandboxprocess import ADA, NUMBER, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = pytest.mark.integration

BUTTON = {"type": "reply", "reply": {"id": "yes", "title": "Yes"}}
LIST = {"button": "Choose", "sections": [{"rows": [{"id": "1", "title": "Tea"}]}]}
LINK = {"name": "cta_url", "parameters": {"display_text": "Look", "url": "https://example.com"}}


def test_an_accepted_message_is_answered_as_meta_answers(sandbox: Sandbox) -> None:
    answer = sandbox.send(to="+44 7700 900123").json()
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"] == [{"input": "+44 7700 900123", "wa_id": ADA}]
    assert answer["messages"][0]["id"].startswith("wamid.")
    assert answer["messages"][0]["message_status"] == "accepted"


@pytest.mark.parametrize(
    "message",
    [
        {"type": "image", "image": {"link": "https://example.com/a.jpg", "caption": "A"}},
        {"type": "audio", "audio": {"link": "https://example.com/a.ogg"}},
        {"type": "document", "document": {"link": "https://example.com/a.pdf", "filename": "a.pdf"}},
        {"type": "location", "location": {"latitude": 51.5, "longitude": "-0.12", "name": "Here"}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "Grace Hopper"}}]},
        {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": ""}},
        {"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}},
        {
            "type": "interactive",
            "interactive": {"type": "button", "body": {"text": "Tea?"}, "action": {"buttons": [BUTTON]}},
        },
        {"type": "interactive", "interactive": {"type": "list", "body": {"text": "Tea?"}, "action": LIST}},
        {"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": "See"}, "action": LINK}},
    ],
    ids=lambda message: message["type"],
)
def test_every_outbound_type_is_accepted(sandbox: Sandbox, message: dict[str, Any]) -> None:
    answer = sandbox.send(**message)
    assert answer.status_code == 200, answer.text


def order_update(*words: str, **more: Any) -> dict[str, Any]:
    parameters = [{"type": "text", "text": word} for word in words]
    components = [{"type": "BODY", "parameters": parameters}, *([more] if more else [])]
    return {
        "type": "template",
        "template": {"name": "order_update", "language": {"code": "en"}, "components": components},
    }


@pytest.mark.parametrize("sub_type", ["ORDER_DETAILS", "booking_confirmation", "Reminder", "VOICE_CALL"])
def test_a_template_is_taken_in_either_case_with_every_button(sandbox: Sandbox, sub_type: str) -> None:
    answer = sandbox.send(
        **order_update("Ada", "#1", type="Button", sub_type=sub_type, index=0, parameters=[])
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (order_update("Ann\nMarie", "#1"), 132018),
        (order_update("Ann", "#1     x"), 132018),
        (order_update("Ann", "#1", type="button", sub_type="phone_number", index=0), 100),
        (order_update("Ann", "#1", type="tail"), 100),
        (order_update("Ann", "#1", type="button", sub_type="url"), 131008),
        ({"to": None}, 100),
        ({"to": "not a number"}, 131009),
        ({"messaging_product": "sms"}, 100),
        ({"type": "hologram"}, 131051),
        ({"type": "image"}, 131008),
        ({"text": {}}, 131008),
        ({"text": {"body": " "}}, 100),
        ({"text": {"body": "x" * 4097}}, 100),
        ({"type": "audio", "audio": {"link": "https://example.com/a", "caption": "no"}}, 100),
        ({"type": "image", "image": {"link": "file:///etc/hosts"}}, 131009),
        ({"type": "image", "image": {"id": "1"}}, 100),
        ({"type": "location", "location": {"latitude": 91, "longitude": 0}}, 131009),
        ({"type": "template", "template": {"name": "nowhere", "language": {"code": "en"}}}, 132001),
        ({"type": "template", "template": {"name": "order_update", "language": {"code": "en"}}}, 132000),
        ({"type": "template", "template": {"name": "paused_promotion", "language": {"code": "en"}}}, 132015),
        ({"type": "interactive", "interactive": {"type": "button", "body": {"text": "x" * 1025}}}, 100),
        (
            {
                "type": "interactive",
                "interactive": {
                    "type": "button",
                    "body": {"text": "Tea?"},
                    "action": {"buttons": [BUTTON] * 4},
                },
            },
            100,
        ),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
        ({"recipient": "447700900123"}, 131009),
    ],
)
def test_a_wrong_message_gets_the_code_that_names_its_fault(
    sandbox: Sandbox, message: dict[str, Any], code: int
) -> None:
    answer = sandbox.send(**message)
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["type"] == "OAuthException"
    assert error["fbtrace_id"]
    assert 400 <= answer.status_code < 500
    assert sandbox.accepted() == 0


def test_no_token_is_refused_with_190(sandbox: Sandbox) -> None:
    answer = sandbox.graph("POST", f"{NUMBER}/messages", json={}, headers={"Authorization": ""})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 190


def test_an_unknown_number_is_refused_with_100_and_33(sandbox: Sandbox) -> None:
    error = sandbox.graph("POST", "999/messages", json={}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 33)


def test_a_body_that_is_not_json_is_refused_politely(sandbox: Sandbox) -> None:
    answer = sandbox.graph("POST", f"{NUMBER}/messages", data=b"{nope")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_the_full_request_is_kept_as_received(sandbox: Sandbox) -> None:
    wamid = sandbox.sent(biz_opaque_callback_data="parley-1", context={"message_id": "wamid.before"})
    message = sandbox.control("GET", "messages?callback_data=parley-1")["messages"][0]
    assert message["wamid"] == wamid
    assert message["request"]["context"] == {"message_id": "wamid.before"}


def test_a_user_id_is_reached_through_recipient(sandbox: Sandbox, receiver: Receiver) -> None:
    answer = sandbox.send(to=None, recipient="GB.9f3K2mQ7xR1tZ0").json()
    assert answer["contacts"] == [{"input": "GB.9f3K2mQ7xR1tZ0", "user_id": "GB.9f3K2mQ7xR1tZ0"}]
    status = eventually(lambda: receiver.statuses(answer["messages"][0]["id"]))[0]
    assert (status["recipient_user_id"], status["recipient_id"]) == ("GB.9f3K2mQ7xR1tZ0", "")


def test_a_user_id_put_in_to_is_taken_and_silently_dropped(sandbox: Sandbox, receiver: Receiver) -> None:
    dropped = sandbox.sent(to="GB.9f3K2mQ7xR1tZ0")
    followed = sandbox.sent()
    eventually(lambda: len(receiver.statuses(followed)) == 3)
    assert receiver.statuses(dropped) == []
    assert sandbox.control("GET", "messages")["messages"][0]["dropped"] is True


def test_marking_as_read_shows_on_the_phone(sandbox: Sandbox) -> None:
    wamid = sandbox.control("POST", "inbound", {"text": "Anyone there?"})["messages"][0]
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    answer = sandbox.graph("POST", f"{NUMBER}/messages", json=body | {"typing_indicator": {"type": "text"}})
    assert answer.json() == {"success": True}
    entry = sandbox.control("GET", f"phone?customer={ADA}")["entries"][0]
    assert (entry["id"], entry["status"]) == (wamid, "read")


def test_marking_an_unknown_message_as_read_is_refused(sandbox: Sandbox) -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.unknown"}
    answer = sandbox.graph("POST", f"{NUMBER}/messages", json=body)
    assert answer.json()["error"]["code"] == 131009


def test_more_messages_a_second_than_the_limit_are_throttled(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "settings", {"throttle": {"per_second": 3}})
    with ThreadPoolExecutor(10) as pool:  # within the second, on a busy machine too
        codes = list(pool.map(lambda _: sandbox.send().json().get("error", {}).get("code"), range(30)))
    assert set(codes) == {None, 130429}
    assert codes.count(None) >= 3


def test_the_pair_limit_lets_a_burst_of_45_through_and_no_more(sandbox: Sandbox) -> None:
    sandbox.control("PATCH", "settings", {"throttle": {"per_second": 0, "pair": True}})
    codes = [sandbox.send().json().get("error", {}).get("code") for _ in range(46)]
    assert codes == [None] * 45 + [131056]
    assert sandbox.send(to="447700900456").status_code == 200
