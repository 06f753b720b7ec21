"""Snapshot + events = fresh snapshot, over random histories and clients that come and go."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from engines.waiting import wait_until
from tests.integration.realtime.histories import History, steps
from tests.integration.realtime.recording import INBOX, Entry, Recorder, Scope, Views, snapshot

if TYPE_CHECKING:
    from faults.house import House
    from tests.integration.realtime.pair import Pair

pytestmark = pytest.mark.integration

Shown = dict[str, Views]
_STORE = Path(__file__).parent / "console_store.mjs"


@contextlib.contextmanager
def watched(house: House, conversations: Sequence[str]) -> Iterator[list[Recorder]]:
    """Three clients: two with the inbox, one with each conversation by itself."""
    scopes: dict[str, Sequence[Scope]] = {"anna": [INBOX], "bert": [INBOX], "cleo": conversations}
    watchers = [Recorder(house, name, conversations, which) for name, which in scopes.items()]
    try:
        for watcher in watchers:
            watcher.resume()
        yield watchers
    finally:
        for watcher in watchers:
            watcher.drop()


def fresh(house: House, conversations: Sequence[str]) -> Shown:
    """What a client that comes now is shown."""
    shown = snapshot(house, conversations)
    return {name: {view["id"]: view for view in views} for name, views in shown.items()}


def example_shows(example: ModuleType, conversations: Sequence[str], tape: Sequence[Entry]) -> Shown:
    """What the state of docs/examples/client.py makes of a tape."""
    inbox = example.Inbox()
    for entry in tape:
        if "begin" in entry:
            inbox = example.Inbox()
        elif "event" in entry:
            inbox.event(entry["event"])
        else:
            inbox.snapshot(entry["snapshot"]["conversations"])
            for view in entry["snapshot"]["messages"]:
                inbox.message(view)
    return only({"conversations": inbox.conversations(), "messages": inbox.messages()}, conversations)


def console_shows(conversations: Sequence[str], tapes: Sequence[Sequence[Entry]]) -> list[Shown]:
    """What the console's own state makes of each tape."""
    given = json.dumps([{"conversations": conversations, "tape": tape} for tape in tapes])
    run = subprocess.run(["node", _STORE], input=given, capture_output=True, text=True, check=True)
    return [only(shown, conversations) for shown in json.loads(run.stdout)]


def only(shown: Shown, conversations: Sequence[str]) -> Shown:
    """Without what the inbox told of other tests' conversations."""
    own = {key: view for key, view in shown["conversations"].items() if key in conversations}
    said = {key: view for key, view in shown["messages"].items() if view["conversation_id"] in conversations}
    return {"conversations": own, "messages": said}


def part(shown: Shown, scope: Scope) -> Shown:
    """What a subscription covers."""
    return only(shown, [scope]) if scope else shown


def check_events(pair: Pair, watcher: Recorder, scope: Scope, messages: Views) -> None:
    """All that happened since the subscription began anew: once, in order. What told of a message's words before its
    customer deleted it is not in the history any more."""
    events = watcher.events(scope)
    if events:
        kept = [event["id"] for event in events if not forgotten(event, messages)]
        assert kept == pair.history(events[0]["id"], events[-1]["id"], scope)


def forgotten(event: Entry, messages: Views) -> bool:
    message = event.get("message")
    now = messages.get(message["id"]) if message else None
    return (
        message is not None
        and now is not None
        and (message["deleted_at"] is None)
        and (now["deleted_at"] is not None)
    )


def check(
    pair: Pair, example: ModuleType, conversations: Sequence[str], watchers: Sequence[Recorder]
) -> None:
    now = fresh(pair.house, conversations)
    subscriptions = [(watcher, scope) for watcher in watchers for scope in watcher.tapes]
    for watcher, scope in subscriptions:
        tape, expected = watcher.tapes[scope], part(now, scope)
        # The last event may be on its way still.
        wait_until(lambda: part(example_shows(example, conversations, tape), scope) == expected, 30)  # noqa: B023
        assert part(example_shows(example, conversations, tape), scope) == expected
        check_events(pair, watcher, scope, now["messages"])
    if shutil.which("node"):
        seen = console_shows(conversations, [watcher.tapes[scope] for watcher, scope in subscriptions])
        shown = [
            part(shown_events, scope) for shown_events, (_, scope) in zip(seen, subscriptions, strict=True)
        ]
        assert shown == [part(now, scope) for _, scope in subscriptions]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 24))])
def test_what_a_client_builds_of_a_snapshot_and_events_equals_a_fresh_snapshot(
    pair: Pair, phones: Iterator[str], example: ModuleType, seed: int
) -> None:
    history = History(pair.house, [next(phones) for _ in range(3)])
    with watched(pair.house, history.conversations) as watchers:
        history.watchers = watchers
        history.play(steps(seed))
        history.end()
        check(pair, example, history.conversations, watchers)
