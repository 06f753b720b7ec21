"""Hosts whose clocks are wrong: nothing is ordered, due or held by a host's clock (ground/clock.py)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from faults.house import House

pytestmark = [pytest.mark.integration, pytest.mark.long]

ClockOffBy = Callable[[int], dict[str, str]]
_SOURCE = Path(__file__).parent / "wrong_clock.c"


@pytest.fixture(scope="module")
def clock_off_by(tmp_path_factory: pytest.TempPathFactory) -> ClockOffBy:
    """``clock_off_by(seconds)``: the environment of a process on a host whose clock is that much ahead."""
    compiler = shutil.which("cc")
    if compiler is None and not os.environ.get("CI"):
        pytest.skip("no C compiler: wrong clocks are NOT tested (on Debian: apt-get install gcc libc6-dev)")
    assert compiler, "no C compiler, and CI must not pass without the wrong clocks"
    library = tmp_path_factory.mktemp("clock") / "wrong_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True)
    return lambda seconds: {"LD_PRELOAD": str(library), "CLOCK_AHEAD_S": str(seconds)}


@pytest.fixture
def ahead(operated: House, clock_off_by: ClockOffBy) -> Iterator[House]:
    """The same house by a second web process, whose clock is 10 s ahead."""
    with operated.by_another_web("ahead", clock_off_by(10)) as house:
        yield house


@pytest.fixture
def astray(operated: House, clock_off_by: ClockOffBy) -> Iterator[House]:
    """A house whose worker is five minutes behind, and whose sender is five ahead."""
    for name, seconds in (("worker", -300), ("sender", 300)):
        operated.formation.process(name).stop(20)
        operated.formation.add(f"astray {name}", line=name, env=clock_off_by(seconds))
    yield operated
    for name in ("worker", "sender"):
        operated.formation.process(f"astray {name}").stop(20)


def say(house: House, conversation: str, words: str) -> str:
    answer = house.request(
        "POST",
        "/messages/send",
        json={"conversation_id": conversation, "type": "text", "text": {"body": words}},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def at_meta(house: House, phone: str) -> list[str]:
    """What the person was sent, in the order Meta took it."""
    taken = house.sandbox("GET", f"messages?to={phone}")["messages"]
    return [message["request"]["text"]["body"] for message in taken]


def in_thread(house: House, conversation: str) -> list[str]:
    page = house.request("GET", f"/conversations/{conversation}/messages?limit=50").json()["data"]
    return [message["content"]["body"] for message in reversed(page)]


def test_a_web_process_whose_clock_is_ahead_turns_no_order_round(
    operated: House, ahead: House, phone: str
) -> None:
    conversation = operated.converse(phone, "0")
    wanted = [str(number) for number in range(1, 9)]
    for number, words in enumerate(wanted):
        say(ahead if number % 2 else operated, conversation, words)
    operated.eventually(lambda: len(at_meta(operated, phone)) == len(wanted), what="all at Meta")
    assert at_meta(operated, phone) == wanted
    assert in_thread(operated, conversation) == ["0", *wanted]


def test_what_is_said_by_turns_keeps_its_order_and_every_send_its_lease(astray: House, phone: str) -> None:
    conversation = astray.converse(phone, "0")
    asked = []
    for number in range(1, 7):
        words = str(number)
        if number % 2:
            asked.append(say(astray, conversation, words))
        else:
            update = astray.meta.text(phone, words)
            assert astray.deliver(astray.meta.said(update)).status_code == 200
            astray.stored(update["id"])
    astray.eventually(lambda: len(at_meta(astray, phone)) == len(asked), what="all at Meta")
    assert in_thread(astray, conversation) == [str(number) for number in range(7)]
    query = "SELECT DISTINCT status FROM message WHERE conversation_id = %s AND direction = 'outbound'"
    final = {("sent",), ("delivered",), ("read",)}
    astray.eventually(lambda: set(astray.ask(query, conversation)) <= final, what="no send without an end")
    assert at_meta(astray, phone) == ["1", "3", "5"]
