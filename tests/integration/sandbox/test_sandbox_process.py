"""The process: its journal, its token, its end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import requests

from faults.expect import WAIT_S, eventually
from tests.integration.sandbox.sandboxprocess import ADA, ROOT, Sandbox
from tests.integration.sandbox.webhookreceiver import Receiver

pytestmark = pytest.mark.integration
# Far less than the hanging call would take, on a machine that is busy too.
ENDS_SOON_S = 10.0


def test_the_journal_holds_every_message_before_its_answer(receiver: Receiver, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with Sandbox(receiver.url, "--journal", str(journal)) as sandbox:
        wamid = sandbox.sent(biz_opaque_callback_data="parley-1")
        line = json.loads(journal.read_text())
    assert (line["kind"], line["wamid"]) == ("accepted", wamid)
    assert line["biz_opaque_callback_data"] == "parley-1"
    assert line["request"]["text"] == {"body": "Hello"}


def test_the_phones_history_survives_a_kill(receiver: Receiver, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with Sandbox(receiver.url, "--journal", str(journal)) as sandbox:
        asked = sandbox.control("POST", "inbound", {"text": "Still there?"})["messages"][0]
        answered = sandbox.sent(text={"body": "Yes"})
        for child in psutil.Process(sandbox.process.pid).children():
            child.kill()
        sandbox.process.kill()
    with journal.open("a") as file:
        file.write('{"kind": "accepted", "wam')
    with Sandbox(receiver.url, "--journal", str(journal)) as sandbox:
        entries = sandbox.control("GET", f"phone?customer={ADA}")["entries"]
        assert [(entry["id"], entry["text"]) for entry in entries] == [
            (asked, "Still there?"),
            (answered, "Yes"),
        ]
        assert sandbox.accepted() == 1
        sandbox.sent(biz_opaque_callback_data="after")
    assert json.loads(journal.read_text().splitlines()[-1])["biz_opaque_callback_data"] == "after"


def test_a_token_once_set_keeps_others_out(receiver: Receiver) -> None:
    with Sandbox(receiver.url, "--token", "the-one") as sandbox:
        assert sandbox.send().json()["error"]["code"] == 190
        answer = sandbox.graph("GET", "106540352242922", headers={"Authorization": "Bearer the-one"})
        assert answer.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_soon_and_leaves_no_process(receiver: Receiver, number: signal.Signals) -> None:
    sandbox = Sandbox(receiver.url)
    parent = psutil.Process(sandbox.process.pid)
    family = [parent, *eventually(lambda: parent.children(True))]
    sandbox.fault("hang", seconds=60)
    hanging = threading.Thread(target=_swallow, args=(sandbox,), daemon=True)
    hanging.start()
    stream = requests.get(f"{sandbox.url}/sandbox/phone/events", stream=True, timeout=WAIT_S)
    sandbox.process.send_signal(number)
    try:
        eventually(lambda: not any(_runs(one) for one in family), ENDS_SOON_S)
    finally:
        stream.close()
        sandbox.stop()


def test_a_killed_parent_takes_its_worker_along(receiver: Receiver) -> None:
    sandbox = Sandbox(receiver.url)
    workers = eventually(lambda: psutil.Process(sandbox.process.pid).children(True))
    with requests.get(f"{sandbox.url}/sandbox/phone/events", stream=True, timeout=WAIT_S):
        sandbox.process.kill()
        try:
            eventually(lambda: not any(_runs(worker) for worker in workers))
        finally:
            for worker in filter(_runs, workers):
                worker.kill()
            sandbox.stop()


def _runs(process: psutil.Process) -> bool:
    """Whether a process still does anything; one that only waits to be reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _swallow(sandbox: Sandbox) -> None:
    try:
        sandbox.send(timeout=WAIT_S)
    except requests.RequestException:
        return


def test_the_help_names_every_option() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "sandbox", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for option in ("--host", "--port", "--webhook-url", "--app-secret", "--journal", "--status-delay"):
        assert option in shown


def test_a_listening_page_hears_of_messages_and_deliveries(sandbox: Sandbox) -> None:
    cursor = sandbox.control("GET", "phone")["cursor"]
    heard: list[str] = []

    def listen() -> None:
        url = f"{sandbox.url}/sandbox/phone/events?since={cursor}"
        with requests.get(url, stream=True, timeout=WAIT_S) as stream:
            for line in stream.iter_lines():
                heard.append(line.decode())
                if "delivered" in heard[-1]:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    sandbox.control("POST", "inbound", {"text": "Do you hear me?"})
    eventually(lambda: any(line.startswith("data:") and "Do you hear me?" in line for line in heard))
    thread.join(WAIT_S)
    assert "event: delivery" in heard


def test_a_page_of_an_earlier_process_is_told_to_load_afresh(sandbox: Sandbox) -> None:
    with requests.get(
        f"{sandbox.url}/sandbox/phone/events?since=old-3", stream=True, timeout=WAIT_S
    ) as stream:
        lines = stream.iter_lines()
        assert "event: resync" in [next(lines).decode() for _ in range(5)]
