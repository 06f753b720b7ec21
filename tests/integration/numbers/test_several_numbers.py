"""Several numbers side by side, each under its own token, added, mended and removed while the house runs."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet

from engines.surroundings import SANDBOX_NUMBER
from tests.integration.numbers.graphoftwo import FILE_ID

if TYPE_CHECKING:
    from faults.house import House
    from tests.integration.numbers.several import Several
    from tests.support.guarded import Guarded

pytestmark = [pytest.mark.integration, pytest.mark.long]

_numbers = itertools.count(1_055_500_000)
WITHIN_SECONDS = 5.0


@pytest.fixture
def number() -> str:
    """A number of ours that no other test uses."""
    return str(next(_numbers))


def add(several: Several, number: str, token: str, takes: str = "") -> None:
    """Add it by REST; Meta takes ``takes`` for it, the same token unless told otherwise."""
    several.graph.tokens[number] = takes or token
    body = {"phone_number_id": number, "account_id": "102290129340399", "access_token": token}
    answer = several.house.request("POST", "/numbers", json=body)
    assert answer.status_code == 201, answer.text


def test_each_number_sends_with_its_own_token_and_the_default_with_the_settings_one(
    several: Several, number: str, phone: str
) -> None:
    add(several, number, "EAAown1")
    for sender, token in ((number, "EAAown1"), (SANDBOX_NUMBER, "EAAcommon0token0of0the0settings")):
        conversation = several.hear(sender, phone)["conversation_id"]
        several.wait_for(several.say(conversation, f"Greetings from {sender}"), "accepted")
        (asked,) = several.graph.sent(f"Greetings from {sender}")
        assert (asked.path, asked.token) == (f"{sender}/messages", token)


def test_a_number_without_a_token_of_its_own_uses_the_settings_one(
    several: Several, number: str, phone: str
) -> None:
    several.graph.tokens[number] = "EAAcommon0token0of0the0settings"
    conversation = several.hear(number, phone)["conversation_id"]
    several.wait_for(several.say(conversation, "With the common token"), "accepted")


def test_what_a_wrong_token_held_goes_out_seconds_after_a_right_one_is_set(
    several: Several, number: str, phone: str
) -> None:
    add(several, number, "EAAwrong", takes="EAAright")
    conversation = several.hear(number, phone)["conversation_id"]
    message_id = several.say(conversation, "Held for the token")
    outcome = several.house.eventually(
        lambda: several.message(message_id) if several.message(message_id)["error"] else None
    )
    assert (outcome["status"], outcome["error"]["class"]) == ("queued", "auth")
    sender = several.house.formation.process("sender").pid
    began = time.monotonic()
    answer = several.house.request("PATCH", f"/numbers/{number}", json={"access_token": "EAAright"})
    assert (answer.status_code, answer.json()["token"]) == (200, "own")
    several.wait_for(message_id, "accepted", WITHIN_SECONDS)
    assert time.monotonic() - began < WITHIN_SECONDS
    assert several.house.formation.process("sender").pid == sender
    assert [request.token for request in several.graph.sent("Held for the token")] == ["EAAwrong", "EAAright"]


def test_a_token_set_from_the_shell_does_the_same(several: Several, number: str, phone: str) -> None:
    several.graph.tokens[number] = "EAAfromTheShell"
    added = several.parley("number", "add", number, "--account", "102290129340399", typed="EAAold\n")
    assert added.returncode == 0, added.stderr
    conversation = several.hear(number, phone)["conversation_id"]
    message_id = several.say(conversation, "Held for the shell")
    several.house.eventually(lambda: several.message(message_id)["error"])
    set_anew = several.parley("number", "token", number, typed="EAAfromTheShell\n")
    assert set_anew.returncode == 0, set_anew.stderr
    several.wait_for(message_id, "accepted", WITHIN_SECONDS)


def test_files_and_read_marks_go_by_the_numbers_own_token(several: Several, number: str, phone: str) -> None:
    add(several, number, "EAAfiles")
    update = several.hear(number, phone, "image", image={"id": FILE_ID, "mime_type": "image/png"})
    house = several.house
    whole = house.eventually(lambda: _got(house, f"/media/{update['id']}"))
    assert whole == several.graph.picture
    # Made after the file is told; until then the whole one stands for it.
    path = f"/media/{update['id']}?size=thumbnail"
    house.eventually(lambda: house.request("GET", path).headers["Content-Type"] == "image/webp")
    assert len(house.request("GET", path).content) < len(whole)
    assert house.request("POST", f"/messages/{update['id']}/read", json={}).status_code == 202
    house.eventually(lambda: several.graph.sent(update["wamid"]))
    by_path = {request.path: request.token for request in several.graph.asked if request.token == "EAAfiles"}
    assert {FILE_ID, "/file", f"{number}/messages"} <= by_path.keys()


def _got(house: House, path: str) -> bytes:
    answer = house.request("GET", path)
    return answer.content if answer.status_code == 200 else b""


def test_a_token_is_read_nowhere_it_is_not_needed(several: Several, number: str, phone: str) -> None:
    token = "EAAmustNotBeReadAnywhere"
    add(several, number, token)
    conversation = several.hear(number, phone)["conversation_id"]
    several.wait_for(several.say(conversation, "By a hidden token"), "accepted")
    rows = several.house.ask("SELECT row_to_json(n)::text, access_token FROM number n")
    assert token not in str(rows)
    sealed = next(sealed for row, sealed in rows if number in row)
    assert Fernet(several.house.formation.env["SECRET_KEY"]).decrypt(sealed.encode()).decode() == token
    assert token not in several.house.request("GET", "/numbers").text
    for log in several.house.formation.logs.glob("*.log"):
        assert token not in log.read_text(errors="replace"), log.name


def test_an_agent_sees_the_numbers_and_changes_none(several: Several, number: str) -> None:
    add(several, number, "EAAroles")
    house, token = several.house, several.agent.token
    seen = house.request("GET", "/numbers", token=token).json()["data"]
    assert {"phone_number_id": number, "token": "own"}.items() <= next(
        message for message in seen if message["phone_number_id"] == number
    ).items()
    for method, path in (
        ("POST", "/numbers"),
        ("PATCH", f"/numbers/{number}"),
        ("DELETE", f"/numbers/{number}"),
    ):
        for bearer, status in ((token, 403), ("", 401)):
            assert house.request(method, path, token=bearer, json={}).status_code == status
    assert number in house.request("GET", f"/numbers/{number}", token=token).text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone_number_id"),
        ({"phone_number_id": "+15550100001"}, "phone_number_id"),
        ({"phone_number_id": "1055510001", "access_token": "two words"}, "access_token"),
        ({"phone_number_id": "1055510001", "access_token": "line\r\nbreak"}, "access_token"),
        ({"phone_number_id": "1055510001", "access_token": 7}, "access_token"),
        ({"phone_number_id": "1055510001", "account_id": "../x"}, "account_id"),
        ({"phone_number_id": "1055510001", "secret": "x"}, "secret"),
    ],
)
def test_what_is_wrong_with_a_new_number_is_named(
    several: Several, body: dict[str, object], field: str
) -> None:
    answer = several.house.request("POST", "/numbers", json=body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (422, [field])


def test_unknown_numbers_are_404_and_the_settings_number_stays(several: Several) -> None:
    house = several.house
    for method in ("GET", "PATCH", "DELETE"):
        assert house.request(method, "/numbers/999999999", json={}).status_code == 404
    kept = house.request("DELETE", f"/numbers/{SANDBOX_NUMBER}")
    assert (kept.status_code, kept.json()["error"]["code"]) == (409, "number_in_settings")


def test_a_removed_number_sends_nothing_until_it_is_added_again(
    several: Several, number: str, phone: str
) -> None:
    add(several, number, "EAAgoes")
    conversation = several.hear(number, phone)["conversation_id"]
    house = several.house
    assert house.request("DELETE", f"/numbers/{number}").status_code == 204
    assert number not in house.request("GET", "/numbers").text
    assert house.ask("SELECT access_token FROM number WHERE phone_number_id = %s", number) == [(None,)]
    message_id = several.say(conversation, "Held for the removed")
    house.eventually(lambda: several.message(message_id)["error"])
    assert several.message(message_id)["error"]["class"] == "auth"
    several.graph.tokens[number] = "EAAcomesBack"
    body = {"phone_number_id": number, "access_token": "EAAcomesBack"}
    assert house.request("POST", "/numbers", json=body).status_code == 200
    several.wait_for(message_id, "accepted", WITHIN_SECONDS)


def test_a_token_that_is_forgotten_leaves_the_settings_one(several: Several, number: str) -> None:
    add(several, number, "EAAforgotten")
    answer = several.house.request("PATCH", f"/numbers/{number}", json={"access_token": None})
    assert (answer.json()["token"], answer.json()["token_set_at"]) == ("settings", None)


def test_a_webhook_of_another_app_is_taken_by_its_own_secret_and_by_no_other(
    several: Several, phone: str
) -> None:
    house = several.house
    body = house.meta.said(house.meta.text(phone, "By way of another app"))
    other_app = house.formation.env["WHATSAPP_APP_SECRETS_MORE"]
    assert house.deliver(body, type(house.meta)(other_app).signature(body)).status_code == 200
    assert house.deliver(body, type(house.meta)("0" * 32).signature(body)).status_code == 401


def test_without_a_secret_key_no_token_is_taken_and_the_answer_says_what_to_do(guarded: Guarded) -> None:
    body = {"phone_number_id": "1055520001", "access_token": "EAAnoKey"}
    answer = guarded.house.request("POST", "/numbers", token=guarded.admin.token, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "secret_key_missing")
    assert "parley secret" in error["message"]
    assert guarded.house.request("GET", "/numbers/1055520001").status_code == 404


def test_the_shell_lists_removes_and_reseals(several: Several, number: str) -> None:
    add(several, number, "EAAshell")
    assert f"{number}  account 102290129340399  -  own token" in several.parley("number", "list").stdout
    key = several.parley("secret").stdout.strip()
    keys = f"{key},{several.house.formation.env['SECRET_KEY']}"
    before = several.house.ask("SELECT access_token FROM number WHERE phone_number_id = %s", number)[0][0]
    refused = several.parley("number", "reseal", SECRET_KEY=key)
    assert refused.returncode == 1
    assert "SECRET_KEY is not the key" in refused.stderr
    resealed = several.parley("number", "reseal", SECRET_KEY=keys)
    assert resealed.returncode == 0, resealed.stderr
    after = several.house.ask("SELECT access_token FROM number WHERE phone_number_id = %s", number)[0][0]
    assert after != before
    assert Fernet(key).decrypt(after.encode()) == b"EAAshell"
    back = f"{several.house.formation.env['SECRET_KEY']},{key}"
    assert several.parley("number", "reseal", SECRET_KEY=back).returncode == 0
    assert several.parley("number", "remove", number).returncode == 0
    assert several.parley("number", "remove", number).returncode == 1
    assert number not in several.parley("number", "list").stdout


@pytest.mark.parametrize("typed", ["", "\n", "two words\n"])
def test_the_shell_refuses_what_is_no_token(several: Several, number: str, typed: str) -> None:
    assert several.parley("number", "add", number, typed=typed).returncode == 2
    assert several.house.request("GET", f"/numbers/{number}").status_code == 404


def test_doctor_asks_meta_about_each_number_by_its_own_token(several: Several) -> None:
    good, bad = str(next(_numbers)), str(next(_numbers))
    add(several, good, "EAAgoodForDoctor")
    add(several, bad, "EAAbadForDoctor", takes="EAAanother")
    said = several.parley("doctor").stdout
    lines = {number: next(line for line in said.splitlines() if number in line) for number in (good, bad)}
    assert lines[good].startswith("ok")
    assert lines[bad].startswith("FAIL")
    assert "parley number token" in lines[bad]
    assert "ForDoctor" not in said
    several.house.request("DELETE", f"/numbers/{bad}")


def test_a_sender_without_the_key_holds_what_it_cannot_send(
    several: Several, number: str, phone: str
) -> None:
    """Last: it starts the sender anew."""
    add(several, number, "EAAlocked")
    conversation = several.hear(number, phone)["conversation_id"]
    formation = several.house.formation
    to_graph = {
        "WHATSAPP_GRAPH_URL": several.graph.url,
        "WHATSAPP_ACCESS_TOKEN": "EAAcommon0token0of0the0settings",
    }
    formation.process("sender").stop(15)
    formation.add("sender", env=to_graph | {"SECRET_KEY": ""})
    message_id = several.say(conversation, "Held for the key")
    several.house.eventually(lambda: several.message(message_id)["error"])
    assert "SECRET_KEY is not set" in several.message(message_id)["error"]["details"]
    locked = several.parley("doctor", SECRET_KEY="").stdout
    assert any(line.startswith("FAIL") and number in line for line in locked.splitlines())
    formation.process("sender").stop(15)
    formation.add("sender", env=to_graph)
