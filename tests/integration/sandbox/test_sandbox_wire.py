"""What every request and every answer of the Graph has in common, whoever asks and whatever goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from faults.expect import WAIT_S, eventually
from tests.integration.sandbox.sandboxprocess import ACCOUNT, ADA, NUMBER, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = pytest.mark.integration

TEXT = {"messaging_product": "whatsapp", "to": ADA, "type": "text", "text": {"body": "Hello"}}
GROUP = "Y2FwaV9ncm91cDoxMjM0NTY3ODkwMTIzNDU2OnRlYS1jbHVi"


def call(
    sandbox: Sandbox, method: str, path: str, *, token: bool = True, **options: Any
) -> requests.Response:
    """A call of a whole path, with the bearer token or without."""
    headers = {"Authorization": "Bearer a-token"} if token else {}
    return requests.request(method, f"{sandbox.url}/{path}", headers=headers, timeout=WAIT_S, **options)


def test_the_version_may_be_left_out(sandbox: Sandbox) -> None:
    assert call(sandbox, "POST", f"{NUMBER}/messages", json=TEXT).json()["messages"]
    assert call(sandbox, "GET", NUMBER).json()["id"] == NUMBER
    files = {"file": ("a.jpg", b"x", "image/jpeg")}
    media = call(
        sandbox, "POST", f"{NUMBER}/media", files=files, data={"messaging_product": "whatsapp"}
    ).json()
    assert call(sandbox, "GET", media["id"]).json()["id"] == media["id"]
    assert call(sandbox, "DELETE", media["id"]).json() == {"success": True}


def test_the_token_may_stand_in_the_query(sandbox: Sandbox) -> None:
    path = f"v26.0/{NUMBER}"
    assert call(sandbox, "GET", f"{path}?access_token=a-token", token=False).json()["id"] == NUMBER
    refused = call(sandbox, "GET", path, token=False)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, 190)
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


def test_no_page_may_bring_the_token_in_the_query(sandbox: Sandbox) -> None:
    """In the header it may not by itself; a form to an address is what any page may send."""
    path, headers = f"{NUMBER}/messages?access_token=a", {"Origin": "http://evil.example"}
    for version in ("v26.0/", ""):
        answer = requests.post(f"{sandbox.url}/{version}{path}", data=TEXT, headers=headers, timeout=WAIT_S)
        assert answer.status_code == 403, answer.text
    assert sandbox.accepted() == 0


def test_the_parameters_of_a_post_may_stand_in_the_query_or_be_a_form(sandbox: Sandbox) -> None:
    profile = f"v26.0/{NUMBER}/whatsapp_business_profile"
    form = {"messaging_product": "whatsapp", "about": "Tea", "websites": '["https://example.com/"]'}
    assert call(sandbox, "POST", profile, data=form).json() == {"success": True}
    (shown,) = call(sandbox, "GET", profile).json()["data"]
    assert (shown["about"], shown["websites"]) == ("Tea", ["https://example.com/"])
    path = f"v26.0/{NUMBER}/messages?messaging_product=whatsapp&to={ADA}&type=text"
    assert call(sandbox, "POST", path, json={"text": {"body": "Hi"}}).json()["messages"]
    assert call(sandbox, "POST", path, params={"text": '{"body": "Hi"}'}).json()["messages"]
    files = {"file": ("a.jpg", b"x", "image/jpeg")}
    media = call(sandbox, "POST", f"v26.0/{NUMBER}/media?messaging_product=whatsapp", files=files)
    assert media.json()["id"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("PUT", f"v26.0/{NUMBER}/messages", 100),
        ("DELETE", f"{NUMBER}/messages", 100),
        ("GET", f"{NUMBER}/nowhere", 2500),
        ("GET", "nowhere", 2500),
        ("GET", f"v26.0/{ACCOUNT}/message_templates?limit=abc", 100),
        ("POST", "v26.0/1234567890", 100),
    ],
)
def test_every_error_comes_in_metas_envelope(sandbox: Sandbox, method: str, path: str, code: int) -> None:
    answer = call(sandbox, method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["message"]
    assert error["fbtrace_id"]


def test_a_broken_form_is_refused_in_metas_envelope(sandbox: Sandbox) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": "Bearer t"}
    answer = requests.post(
        f"{sandbox.url}/v26.0/{NUMBER}/media", data=b"--y nonsense", headers=headers, timeout=WAIT_S
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_the_control_api_keeps_its_own_errors(sandbox: Sandbox) -> None:
    answer = call(sandbox, "POST", "sandbox/faults", json={"kind": "hologram"})
    assert (answer.status_code, answer.json()["title"]) == (400, "Not a fault")


def test_a_group_is_written_to_by_its_id(sandbox: Sandbox, receiver: Receiver) -> None:
    answer = sandbox.send(to=GROUP, recipient_type="group").json()
    assert answer["contacts"] == [{"input": GROUP, "wa_id": GROUP}]
    wamid = answer["messages"][0]["id"]
    statuses = eventually(lambda: len(receiver.statuses(wamid)) == 3 and receiver.statuses(wamid))
    assert {(status["recipient_type"], status["recipient_id"]) for status in statuses} == {("group", GROUP)}
    assert sandbox.send(to=ADA, recipient_type="group").json()["error"]["code"] == 131009


def test_the_profile_takes_what_meta_takes_and_is_forgotten_by_a_reset(sandbox: Sandbox) -> None:
    path = f"{NUMBER}/whatsapp_business_profile"
    product = {"messaging_product": "whatsapp"}
    for wrong in (
        {"about": "x"},
        product | {"vertical": "NONSENSE"},
        product | {"colour": "red"},
        product | {"about": "x" * 140},
        product | {"websites": ["ftp://example.com"]},
    ):
        assert sandbox.graph("POST", path, json=wrong).json()["error"]["code"] == 100, wrong
    assert sandbox.graph("POST", path, json=product | {"vertical": "RETAIL", "email": "a@example.com"}).ok
    (shown,) = sandbox.graph("GET", f"{path}?fields=vertical").json()["data"]
    assert shown == {"vertical": "RETAIL", "messaging_product": "whatsapp"}
    assert sandbox.graph("GET", f"{path}?fields=colour").json()["error"]["code"] == 100
    sandbox.control("POST", "reset")
    (shown,) = sandbox.graph("GET", path).json()["data"]
    assert shown == {"about": "A pretended business", "messaging_product": "whatsapp"}


def test_a_template_is_looked_up_edited_and_removed(sandbox: Sandbox) -> None:
    edge = f"{ACCOUNT}/message_templates"
    body = {
        "name": "tea",
        "language": "en",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Tea"}],
    }
    made = sandbox.graph("POST", edge, json=body).json()
    assert sandbox.graph("GET", f"{made['id']}?fields=name,status").json() == {
        "id": made["id"],
        "name": "tea",
        "status": "PENDING",
    }
    assert sandbox.graph("POST", made["id"], json={"category": "MARKETING"}).json() == {"success": True}
    assert sandbox.graph("GET", made["id"]).json()["category"] == "MARKETING"
    assert sandbox.graph("POST", made["id"], json={"name": "coffee"}).json()["error"]["code"] == 100
    assert sandbox.graph("DELETE", f"{edge}?name=tea").json() == {"success": True}
    assert sandbox.graph("GET", made["id"]).json()["error"]["error_subcode"] == 33
    assert sandbox.graph("DELETE", f"{edge}?name=tea").json()["error"]["code"] == 100


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("language=de", {"season_offer"}),
        ("category=MARKETING&status=APPROVED", {"season_offer"}),
        ("name_or_content=on+its+way", {"order_update"}),
        ("content=ALLES", {"season_offer"}),
    ],
)
def test_templates_are_listed_by_what_they_are(sandbox: Sandbox, query: str, names: set[str]) -> None:
    templates = sandbox.graph("GET", f"{ACCOUNT}/message_templates?{query}&fields=name").json()["data"]
    assert {template["name"] for template in templates} == names
    assert {key for template in templates for key in template} == {"id", "name"}


def test_an_order_has_numbers(sandbox: Sandbox, receiver: Receiver) -> None:
    (wamid,) = sandbox.control("POST", "inbound", {"type": "order"})["messages"]
    received = eventually(lambda: [message for message in receiver.messages() if message["id"] == wamid])
    (item,) = received[0]["order"]["product_items"]
    assert (item["quantity"], item["item_price"]) == (2, 4.5)
