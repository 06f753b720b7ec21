"""Templates in the whole house: fetched from Meta, checked before they are queued, sent, and told of."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from faults.house import House
    from tests.support.guarded import Guarded
    from tests.support.houses import StartHouse

pytestmark = pytest.mark.integration

USER = str(uuid.uuid4())
ACCOUNT = "102290129340398"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, start_house: StartHouse) -> Iterator[House]:
    """A house of its own: in one that knows its templates, other tests' templates are refused."""
    with start_house(tmp_path_factory.mktemp("templates"), WHATSAPP_ACCOUNT_ID=ACCOUNT) as started:
        yield started


def listed(house: House, **filters: str) -> list[dict[str, Any]]:
    answer = house.request("GET", "/templates", params=filters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


@pytest.fixture
def synced(house: House) -> House:
    """The house once it has fetched its templates."""
    answer = house.request("POST", "/templates/sync")
    assert (answer.status_code, answer.json()) == (202, {"accounts": [ACCOUNT]})
    house.eventually(lambda: listed(house, name="season_offer", language="de"), what="the templates")
    return house


def send(house: House, to: str, name: str, *components: dict[str, Any], language: str = "en") -> Any:
    template = {"name": name, "language": {"code": language}, "components": list(components)}
    return house.request("POST", "/messages/send", json={"to": to, "type": "template", "template": template})


def body(*words: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": word} for word in words]}


def wrong_fields(answer: Any) -> dict[str, str]:
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    return dict(answer.json()["error"]["fields"])


def test_a_sync_lists_every_template_as_meta_has_it(synced: House) -> None:
    names = {
        (template["name"], template["language"], template["status"])
        for template in listed(synced, limit="200")
    }
    assert {("order_update", "en", "APPROVED"), ("paused_promotion", "en", "PAUSED")} <= names
    (template,) = listed(synced, name="appointment_reminder")
    assert (template["account_id"], template["category"], template["parameter_format"]) == (
        ACCOUNT,
        "UTILITY",
        "NAMED",
    )
    assert [part["type"] for part in template["components"]] == ["HEADER", "BODY", "BUTTONS"]


def test_an_account_of_the_settings_is_fetched_when_the_worker_starts(house: House) -> None:
    assert house.eventually(lambda: listed(house), what="the templates, with nobody having asked")


def test_where_meta_cannot_list_them_the_copy_stands_and_is_tried_again(synced: House) -> None:
    name = f"late_{uuid.uuid4().hex[:8]}"
    before = listed(synced, limit="200")
    synced.sandbox("POST", "faults", kind="not_json", on="templates", times=1)
    synced.sandbox("POST", "templates", name=name, language="en", components=[{"type": "BODY", "text": "Hi"}])
    assert synced.request("POST", "/templates/sync").status_code == 202
    assert (
        synced.eventually(lambda: listed(synced, name=name), what="the second try")[0]["status"] == "APPROVED"
    )
    assert {template["id"] for template in before} <= {
        template["id"] for template in listed(synced, limit="200")
    }


def test_templates_come_in_pages_and_filtered(synced: House) -> None:
    assert {template["status"] for template in listed(synced, status="PAUSED")} == {"PAUSED"}
    first = synced.request("GET", "/templates?limit=2").json()
    second = synced.request("GET", first["next"]).json()
    assert len(first["data"]) == 2
    assert {template["id"] for template in first["data"]}.isdisjoint(
        template["id"] for template in second["data"]
    )
    assert synced.request("GET", second["prev"]).json()["data"] == first["data"]
    assert synced.request("GET", "/templates?before=nonsense").status_code == 422


def test_a_template_reaches_somebody_who_never_wrote_as_it_was_asked_for(synced: House, phones: Any) -> None:
    phone = next(phones)
    answer = send(synced, phone, "order_update", body("Grace", "#77"))
    assert answer.status_code == 202, answer.text
    message = answer.json()
    assert (message["type"], message["preview"]) == ("template", "Hi Grace, your order #77 is on its way.")
    (taken,) = synced.eventually(lambda: synced.sent(message["id"]), what="the sandbox taking the template")
    request = taken["request"]
    assert request["template"] == {
        "name": "order_update",
        "language": {"code": "en"},
        "components": [body("Grace", "#77")],
    }
    assert (request["to"], request["type"], request["messaging_product"]) == (phone, "template", "whatsapp")
    path = f"/messages/{message['id']}"
    synced.eventually(
        lambda: "delivered" in synced.request("GET", path).json()["status_times"], what="its statuses"
    )


def test_named_parameters_are_filled_in_by_name(synced: House, phone: str) -> None:
    parameters = [
        {"type": "text", "parameter_name": "day", "text": "Friday"},
        {"type": "text", "parameter_name": "name", "text": "Grace"},
    ]
    answer = send(
        synced, phone, "appointment_reminder", {"type": "body", "parameters": parameters}, language="en_GB"
    )
    assert answer.json()["preview"] == (
        "Your appointment\nDear Grace, we expect you on Friday.\n[I will come] [Another day]"
    )


def test_what_does_not_fit_its_template_is_refused_before_it_is_queued(synced: House, phone: str) -> None:
    before = synced.ask("SELECT count(*) FROM message WHERE type = 'template'")
    assert set(wrong_fields(send(synced, phone, "order_update", body("Grace")))) == {
        "template.components[0].parameters"
    }
    assert (
        "de, en" in wrong_fields(send(synced, phone, "season_offer", language="fr"))["template.language.code"]
    )
    assert "PAUSED" in wrong_fields(send(synced, phone, "paused_promotion"))["template.name"]
    assert "no template" in wrong_fields(send(synced, phone, "no_such_thing"))["template.name"]
    wrong = wrong_fields(send(synced, phone, "season_offer", body("Grace")))
    assert set(wrong) == {"template.components[0].parameters", "template.components"}
    assert synced.ask("SELECT count(*) FROM message WHERE type = 'template'") == before


def test_a_webhook_of_a_template_changes_it_and_is_told_on_sockets(synced: House) -> None:
    name = f"spring_{uuid.uuid4().hex[:8]}"
    made = {"name": name, "language": "en", "components": [{"type": "BODY", "text": "It is spring."}]}
    with synced.socket(USER) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        synced.sandbox("POST", "templates", **made, status="APPROVED", notify=True)
        event = socket.expect("template_updated")
        while event["template"]["name"] != name or event["template"]["components"] is None:
            event = socket.expect("template_updated")
    assert (event["template"]["status"], event["template"]["components"]) == ("APPROVED", made["components"])
    assert listed(synced, name=name) == [event["template"]]


def test_somebody_who_stopped_marketing_gets_none(synced: House, phones: Any) -> None:
    phone = next(phones)
    picture = {
        "type": "header",
        "parameters": [{"type": "image", "image": {"link": "https://example.com/a.jpg"}}],
    }
    for value, expected in (("stop", (422, "opted_out")), ("resume", (202, None))):
        preference = {"wa_id": phone, "category": "marketing_messages", "value": value}
        change = synced.meta.value(user_preferences=[preference])
        assert synced.deliver(synced.meta.body(change, field="user_preferences")).status_code == 200
        query = "SELECT marketing_opted_out_at IS NOT NULL FROM contact WHERE phone = %s"
        synced.eventually(
            lambda q=query, v=value: synced.ask(q, phone) == [(v == "stop",)], what="the preference"
        )
        answer = send(synced, phone, "season_offer", picture, body("Grace", "10%"), language="de")
        code = (answer.json().get("error") or {}).get("code")
        assert (answer.status_code, code) == expected
        assert send(synced, phone, "order_update", body("Grace", "#1")).status_code == 202


def test_a_call_is_an_entry_of_the_thread_which_its_end_completes(house: House, phone: str) -> None:
    call = {
        "id": f"wacid.{uuid.uuid4().hex}",
        "from": phone,
        "to": "15550001111",
        "direction": "USER_INITIATED",
    }
    ends = {"event": "terminate", "status": "COMPLETED", "duration": 121, "timestamp": "1766836930"}
    for more in ({"event": "connect", "timestamp": "1766836800"}, ends, ends):
        value = house.meta.value(calls=[call | more])
        assert house.deliver(house.meta.body(value, field="calls")).status_code == 200
    query = "SELECT preview, direction, type FROM message WHERE wamid = %s"
    entry = [("Call, 2 min", "inbound", "call")]
    house.eventually(lambda: house.ask(query, call["id"]) == entry, what="the call in its thread")


def test_a_number_is_told_of_and_every_field_is_counted(house: House, phone: str) -> None:
    house.converse(phone)
    limit = f"TIER_{uuid.uuid4().hex[:6]}"
    value = {"display_phone_number": "15550001111", "event": "DOWNGRADE", "current_limit": limit}
    before = house.request("GET", "/whatsapp/webhook/test").json()["other_updates"]
    with house.socket(USER) as socket:
        socket.send(type="subscribe_inbox")
        socket.expect("subscribed")
        house.deliver(house.meta.body(value, field="phone_number_quality_update"))
        number = socket.expect("number_updated")["number"]
        while number["messaging_limit"] != limit:  # what was told of it before may still be on its way
            number = socket.expect("number_updated")["number"]
    assert number["phone_number_id"] == house.meta.number
    field = "phone_number_quality_update"
    assert house.eventually(
        lambda: (
            house.request("GET", "/whatsapp/webhook/test").json()["other_updates"].get(field, 0)
            == before.get(field, 0) + 1
        ),
        what="the update counted",
    )


def test_only_an_admin_has_templates_fetched(guarded: Guarded) -> None:
    assert guarded.house.request("POST", "/templates/sync").status_code == 403
    assert guarded.house.request("GET", "/templates").status_code == 200


def pay(**more: Any) -> dict[str, Any]:
    bill = {"reference_id": "r1", "type": "digital-goods", "currency": "BRL"}
    action = {
        "type": "action",
        "action": {"order_details": bill | {"total_amount": {"value": 1000, "offset": 100}}},
    }
    return {"type": "BUTTON", "sub_type": "ORDER_DETAILS", "index": 0, "parameters": [action]} | more


@pytest.fixture
def bill(house: House) -> str:
    """A template with a button that pays, once the house knows it."""
    name = f"bill_{uuid.uuid4().hex[:8]}"
    button = {"type": "ORDER_DETAILS", "text": "Copy Pix code"}
    parts = [{"type": "BODY", "text": "Pay {{1}}"}, {"type": "BUTTONS", "buttons": [button]}]
    house.sandbox("POST", "templates", name=name, language="en", components=parts)
    assert house.request("POST", "/templates/sync").status_code == 202
    house.eventually(lambda: listed(house, name=name), what="the new template")
    return name


def test_a_button_that_pays_is_sent_in_either_case_and_goes_out_in_lower_case(
    house: House, phone: str, bill: str
) -> None:
    answer = send(house, phone, bill, body("ten") | {"type": "BODY"}, pay())
    assert answer.status_code == 202, answer.text
    taken = house.eventually(lambda: house.sent(answer.json()["id"]), what="the bill at the sandbox")
    components = taken[0]["request"]["template"]["components"]
    assert [component["type"] for component in components] == ["body", "button"]


@pytest.mark.parametrize("words", ["a\nb", "a\tb", "a     b"])
def test_words_meta_would_refuse_are_named_before_they_are_queued(
    house: House, phone: str, bill: str, words: str
) -> None:
    wrong = wrong_fields(send(house, phone, bill, body(words), pay()))
    assert set(wrong) == {"template.components[0].parameters[0].text"}
    assert "132018" in wrong["template.components[0].parameters[0].text"]
