"""pywa, a public client of the Cloud API, unmodified: what works with Meta works with the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pywa import WhatsApp
from pywa.errors import WhatsAppError
from pywa.types import Button, Section, SectionList, SectionRow
from pywa.types.templates import BodyText, TemplateLanguage

from faults.expect import eventually
from sandbox.phone.pictures import sample_png
from tests.integration.cloudapi.tosandbox import NUMBER, SECRET, VERIFY_TOKEN, session

pytestmark = pytest.mark.integration
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ADA = "447700900123"


class Process:
    """A program that prints its address first; what it prints afterwards is read as JSON lines."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=_env()
        )
        self.url = self._line().split()[-1]
        self.printed: list[Any] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _read(self) -> None:
        while line := self._line():
            with contextlib.suppress(ValueError):
                self.printed.append(json.loads(line))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def heard(self, **what: Any) -> dict[str, Any]:
        """The first thing told that has these fields."""
        lines = eventually(
            lambda: [line for line in self.printed if what.items() <= line.items()], what=f"{what}"
        )
        return dict(lines[0])


def _env() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Process]:
    words = ("--app-secret", SECRET, "--verify-token", VERIFY_TOKEN, "--status-delay", "0.05")
    process = Process("-m", "sandbox", "--port", "0", "--webhook-url", "http://127.0.0.1:9/", *words)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def bot(sandbox: Process) -> Iterator[Process]:
    process = Process(str(HERE / "pywabot.py"), sandbox.url)
    control(sandbox, "PATCH", "settings", webhook={"url": process.url})
    yield process
    control(sandbox, "PATCH", "settings", webhook={"paused": True})
    process.stop()


@pytest.fixture
def wa(sandbox: Process) -> Iterator[WhatsApp]:
    with session(sandbox.url) as client:
        yield WhatsApp(phone_id=NUMBER, token="a-token", session=client)


def control(sandbox: Process, method: str, path: str, **body: Any) -> dict[str, Any]:
    with requests.request(method, f"{sandbox.url}/sandbox/{path}", json=body or None, timeout=30) as answer:
        assert answer.ok, answer.text
        return dict(answer.json())


def says(sandbox: Process, **order: Any) -> str:
    return str(control(sandbox, "POST", "inbound", **order)["messages"][0])


def request_of(sandbox: Process, wamid: str) -> dict[str, Any]:
    taken = control(sandbox, "GET", "messages")["messages"]
    return dict(next(message["request"] for message in taken if message["wamid"] == wamid))


def test_a_text_is_sent_and_answered_with_its_id(sandbox: Process, wa: WhatsApp) -> None:
    sent = wa.send_message(ADA, "Hello from pywa", preview_url=True, tracker="t-1")
    request = request_of(sandbox, sent.id)
    assert request["text"] == {"body": "Hello from pywa", "preview_url": True}
    assert (request["to"], request["biz_opaque_callback_data"]) == (ADA, "t-1")


def test_a_text_can_quote(sandbox: Process, wa: WhatsApp) -> None:
    asked = says(sandbox, text="Which?")
    sent = wa.send_message(ADA, "That one", reply_to_message_id=asked)
    assert request_of(sandbox, sent.id)["context"] == {"message_id": asked}


def test_a_picture_is_uploaded_and_sent_by_its_id(sandbox: Process, wa: WhatsApp) -> None:
    sent = wa.send_image(ADA, sample_png(), caption="The dent", mime_type="image/png")
    image = request_of(sandbox, sent.id)["image"]
    assert image["caption"] == "The dent"
    with requests.get(f"{sandbox.url}/sandbox/media/{image['id']}", timeout=30) as file:
        assert file.content == sample_png()


def test_a_file_that_was_uploaded_is_looked_up(wa: WhatsApp) -> None:
    media = wa.upload_media(sample_png(), mime_type="image/png", filename="dent.png")
    file = wa.get_media_url(media.id)
    assert (file.mime_type, file.file_size) == ("image/png", len(sample_png()))


def test_a_template_is_sent_with_its_words(sandbox: Process, wa: WhatsApp) -> None:
    words = BodyText.params("Ada", "#1843")
    sent = wa.send_template(ADA, "order_update", TemplateLanguage.ENGLISH, [words])
    template = request_of(sandbox, sent.id)["template"]
    assert [parameter["text"] for parameter in template["components"][0]["parameters"]] == ["Ada", "#1843"]


def test_buttons_are_sent(sandbox: Process, wa: WhatsApp) -> None:
    sent = wa.send_message(ADA, "Tea?", buttons=[Button("Yes", "y"), Button("No", "n")], footer="Soon")
    interactive = request_of(sandbox, sent.id)["interactive"]
    assert [button["reply"]["id"] for button in interactive["action"]["buttons"]] == ["y", "n"]


def test_a_list_is_sent(sandbox: Process, wa: WhatsApp) -> None:
    rows = [SectionRow("Green", "green", "Loose leaves"), SectionRow("Black", "black")]
    sent = wa.send_message(ADA, "Which?", buttons=SectionList("Choose", [Section("Teas", rows)]))
    sections = request_of(sandbox, sent.id)["interactive"]["action"]["sections"]
    assert [row["id"] for row in sections[0]["rows"]] == ["green", "black"]


def test_a_reaction_is_given_and_taken_back(sandbox: Process, wa: WhatsApp) -> None:
    asked = says(sandbox, text="It fits!")
    sent = wa.send_reaction(ADA, "🎉", asked)
    assert request_of(sandbox, sent.id)["reaction"] == {"message_id": asked, "emoji": "🎉"}
    assert request_of(sandbox, wa.remove_reaction(ADA, asked).id)["reaction"]["emoji"] == ""


def test_a_message_is_marked_read(sandbox: Process, wa: WhatsApp) -> None:
    asked = says(sandbox, text="Anyone?")
    assert wa.mark_message_as_read(asked).success
    assert wa.indicate_typing(asked).success
    entries = control(sandbox, "GET", f"phone?customer={ADA}")["entries"]
    assert next(entry["status"] for entry in entries if entry["id"] == asked) == "read"


def test_somebody_without_a_number_is_written_to(sandbox: Process, wa: WhatsApp) -> None:
    # In digits: pywa takes an id with letters for that of a group.
    sent = wa.send_message("GB.13491208655302741918", "Hello")
    request = request_of(sandbox, sent.id)
    assert (request["recipient"], request.get("to")) == ("GB.13491208655302741918", None)


def test_a_refusal_is_understood(wa: WhatsApp) -> None:
    with pytest.raises(WhatsAppError) as refused:
        wa.send_template(ADA, "nowhere", TemplateLanguage.ENGLISH, [])
    assert refused.value.code == 132001


def test_the_address_of_the_bot_is_verified(sandbox: Process, bot: Process) -> None:
    assert control(sandbox, "POST", "verify")["ok"] is True


def test_the_bot_hears_a_text_and_answers_it(sandbox: Process, bot: Process) -> None:
    asked = says(sandbox, text="Do you have tea?")
    heard = bot.heard(on="text", id=asked)
    assert (heard["who"], heard["text"]) == (ADA, "Do you have tea?")
    assert heard["name"]
    entries = eventually(lambda: answers(sandbox, asked), what="the answer of the bot")
    assert entries[0]["text"] == "You said: Do you have tea?"


def test_the_bot_hears_how_its_message_fared(sandbox: Process, bot: Process, wa: WhatsApp) -> None:
    sent = wa.send_message(ADA, "Hello", tracker="parley-7")
    for status in ("sent", "delivered", "read"):
        assert bot.heard(on="status", id=sent.id, status=status)["tracker"] == "parley-7"


def test_the_bot_downloads_a_picture(sandbox: Process, bot: Process) -> None:
    says(sandbox, type="image", caption="Look at this")
    assert bot.heard(on="image", caption="Look at this")["size"] == len(sample_png())


def test_the_bot_hears_buttons_choices_and_reactions(sandbox: Process, bot: Process, wa: WhatsApp) -> None:
    asked = wa.send_message(ADA, "Tea?", buttons=[Button("Yes", "y-1")]).id
    says(sandbox, type="button_reply", title="Yes", reply_id="y-1", reply_to=asked)
    assert bot.heard(on="button", data="y-1")["title"] == "Yes"
    says(sandbox, type="list_reply", title="Green", reply_id="green", reply_to=asked)
    assert bot.heard(on="selection", data="green")["title"] == "Green"
    says(sandbox, type="reaction", message_id=asked, emoji="👍")
    assert bot.heard(on="reaction", of=asked)["emoji"] == "👍"


@pytest.mark.parametrize(
    ("signature", "status"), [({"signed": False}, 401), ({"signature": "sha256=00"}, 403)]
)
def test_the_bot_refuses_a_delivery_with_a_wrong_signature(
    sandbox: Process, bot: Process, signature: dict[str, Any], status: int
) -> None:
    made = control(sandbox, "POST", "inbound", text="Not from Meta", **signature)
    tried = eventually(lambda: control(sandbox, "GET", f"deliveries/{made['deliveries'][0]}")["attempts"])
    assert tried[0]["status"] == status
    assert [line for line in bot.printed if line.get("text") == "Not from Meta"] == []


def answers(sandbox: Process, asked: str) -> list[dict[str, Any]]:
    entries = control(sandbox, "GET", f"phone?customer={ADA}")["entries"]
    return [entry for entry in entries if entry["quoted"] == asked]
