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
from doctorhouse import SECRET

from engines.formation import ROOT, Formation

pytestmark = pytest.mark.integration
_SNIPPET = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?```(?P<kind>sh|js|python)\n(?P<text>.*?)```", re.S
)
SITE = "localhost:8000"


class Snippet(NamedTuple):
    """A piece of the README, and why it is not run, if it is not."""

    kind: str
    text: str
    reason: str | None


SNIPPETS = [
    Snippet(found["kind"], found["text"], found["reason"])
    for found in _SNIPPET.finditer((ROOT / "README.md").read_text())
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
        timeout=20,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def conversations(house: Formation) -> list[dict[str, object]]:
    found: list[dict[str, object]] = requests.get(f"{house.urls.api}/conversations", timeout=5).json()["data"]
    return found


def until_there_is_one(house: Formation) -> str:
    """The id of the first conversation; a customer writes until it is there."""
    ends = time.monotonic() + 15
    while time.monotonic() < ends:
        shell(SHELL[0], house)
        time.sleep(0.5)
        if found := conversations(house):
            return str(found[0]["id"])
    raise AssertionError("no conversation came")


def first_line(command: list[str], house: Formation, cwd: Path) -> str:
    """The first line a listening program prints while a customer goes on writing."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd
    ) as listener:
        try:
            for _ in range(8):
                time.sleep(1.05)  # the snippet's wamid is the second
                shell(SHELL[0], house)
                if listener.poll() is not None:
                    break
        finally:
            listener.kill()
        assert listener.stdout is not None
        return listener.stdout.readline().strip()


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


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node on this machine")
def test_the_javascript_client_hears_of_a_new_message(open_house: Formation, tmp_path: Path) -> None:
    conversation_id = until_there_is_one(open_house)
    (snippet,) = (each for each in RUN if each.kind == "js")
    names = f'const userId = "me"; const conversationId = "{conversation_id}";\n'
    (tmp_path / "listen.mjs").write_text(names + there(snippet, open_house))
    # Node 22 and browsers need no flag.
    assert (
        first_line(["node", "--experimental-websocket", "listen.mjs"], open_house, tmp_path)
        == "inbound Are you open today?"
    )


def test_the_python_client_hears_of_a_new_message(open_house: Formation, tmp_path: Path) -> None:
    (snippet,) = (each for each in RUN if each.kind == "python")
    (tmp_path / "listen.py").write_text(there(snippet, open_house))
    line = first_line([sys.executable, "listen.py"], open_house, tmp_path)
    assert line == "inbound Are you open today?"
