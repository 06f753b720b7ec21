"""The README's snippets do what the README says, in the order a newcomer tries them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from engines.formation import ROOT, Formation
from tests.integration.cli.doctorhouse import SECRET

pytestmark = pytest.mark.integration
_SNIPPET = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```(?P<kind>sh|js|python)\n(?P<text>.*?)```", re.S
)
SITE = "localhost:8000"
NODE = shutil.which("node")


class Snippet(NamedTuple):
    """A piece of the README, and why it is not run, if it is not."""

    kind: str
    text: str
    reason: str | None


SNIPPETS = [
    Snippet(match["kind"], match["text"], match["reason"])
    for match in _SNIPPET.finditer((ROOT / "README.md").read_text())
]
RUN = [snippet for snippet in SNIPPETS if snippet.reason is None]
SHELL = [snippet for snippet in RUN if snippet.kind == "sh"]


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Formation]:
    """As ``bin/dev`` runs it: no secret, no login."""
    with Formation(tmp_path_factory.mktemp("open"), {"PATH": os.environ["PATH"]}) as formation:
        yield formation


def there(snippet: Snippet, house: Formation) -> str:
    """The snippet, towards this house."""
    assert SITE in snippet.text
    return snippet.text.replace(SITE, f"localhost:{house.ports.site}")


def shell(snippet: Snippet, house: Formation, **env: str) -> str:
    ran = subprocess.run(
        ["/bin/bash", "-euc", there(snippet, house)],
        env={"PATH": os.environ["PATH"]} | env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def conversations(house: Formation) -> list[dict[str, object]]:
    answer = requests.get(f"{house.urls.api}/conversations", timeout=30)
    return list(answer.json()["data"])


def until_there_is_one(house: Formation) -> str:
    """The id of the first conversation; a customer writes until it is there."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        shell(SHELL[0], house)
        time.sleep(0.5)
        if listed := conversations(house):
            return str(listed[0]["id"])
    raise AssertionError("no conversation came")


class Listener(NamedTuple):
    """A program that listens, and the file it prints to."""

    process: subprocess.Popen[bytes]
    output: Path

    def heard(self) -> str:
        return self.output.read_text().partition("\n")[0]


def listen(command: list[str], directory: Path) -> Listener:
    output = directory / f"{command[0].rpartition('/')[2]}.txt"
    with output.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=directory)
    return Listener(process, output)


@pytest.fixture(scope="module")
def heard(open_house: Formation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The first line each client of the README prints, while a customer goes on writing."""
    directory, conversation_id = tmp_path_factory.mktemp("clients"), until_there_is_one(open_house)
    texts = {snippet.kind: there(snippet, open_house) for snippet in RUN}
    names = f'const userId = "me"; const conversationId = "{conversation_id}";\n'
    (directory / "listen.mjs").write_text(names + texts["js"])
    (directory / "listen.py").write_text(texts["python"])
    listeners = {"python": listen([sys.executable, "listen.py"], directory)}
    if NODE:  # Node 22 and browsers need no flag
        listeners["js"] = listen([NODE, "--experimental-websocket", "listen.mjs"], directory)
    ends = time.monotonic() + 30
    while time.monotonic() < ends and not all(listener.heard() for listener in listeners.values()):
        shell(SHELL[0], open_house)
        time.sleep(0.5)
    for listener in listeners.values():
        listener.process.kill()
        listener.process.wait()
    return {kind: listener.heard() for kind, listener in listeners.items()}


def test_there_are_two_shell_snippets_a_javascript_and_a_python_one_to_run() -> None:
    assert [snippet.kind for snippet in RUN] == ["sh", "sh", "js", "python"]


def test_the_signed_webhook_of_the_readme_is_taken_where_signatures_are_checked(house: Formation) -> None:
    shell(SHELL[0], house, WHATSAPP_APP_SECRET=SECRET)
    with pytest.raises(AssertionError, match="signature_mismatch"):
        shell(SHELL[0], house, WHATSAPP_APP_SECRET="f" * 32)


def test_a_newcomer_receives_lists_and_answers(open_house: Formation) -> None:
    until_there_is_one(open_house)
    listed, sent = json.JSONDecoder().raw_decode, shell(SHELL[1], open_house)
    page, end = listed(sent)
    assert page["data"][0]["contact"]["name"] == "Ada"
    message, _ = listed(sent[end:].lstrip())
    assert message["status"] == "queued"
    assert message["preview"] == "Until six."


@pytest.mark.skipif(NODE is None, reason="no Node on this machine")
def test_the_javascript_client_hears_of_a_new_message(heard: dict[str, str]) -> None:
    assert heard["js"] == "inbound Are you open today?"


def test_the_python_client_hears_of_a_new_message(heard: dict[str, str]) -> None:
    assert heard["python"] == "inbound Are you open today?"
