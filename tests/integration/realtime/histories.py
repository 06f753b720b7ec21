"""What customers, Meta and agents do, step by step, and random sequences of it.

A step is a name and its choices: numbers that are taken modulo what there is to choose from, so that any
sequence of steps makes sense. Nothing waits for what it started: webhooks, sends and statuses overlap.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from recording import Recorder

    from tests.conftest import House

_STATUSES = ("sent", "delivered", "read", "failed")
_STATES = ("open", "pending", "snoozed", "closed")
_LABELS: tuple[list[str], ...] = ([], ["vip"], ["vip", "refund"])
_EMOJI = ("👍", "🙏", "")
_PICTURE = {"mime_type": "image/png", "caption": "A picture"}
_NAMES = (
    *("say", "say", "say_much", "quote", "picture", "react", "edit", "revoke", "echo", "early", "status"),
    *("send", "send", "answer", "read", "change", "assign", "drop", "resume", "forget"),
)
Step = tuple[str, int, int]


def steps(seed: int) -> list[Step]:
    """A random sequence, the same for the same seed."""
    chance = random.Random(seed)
    length = chance.randrange(15, 45)
    return [(chance.choice(_NAMES), chance.randrange(12), chance.randrange(12)) for _ in range(length)]


class History:
    """One history, told to a house by the customers ``phones`` and seen by ``watchers``."""

    def __init__(self, house: House, phones: Sequence[str], conversations: Sequence[str]) -> None:
        self._house, self._meta = house, house.meta
        self._phones, self._conversations = phones, conversations
        self._wamids: dict[str, list[str]] = {phone: [] for phone in phones}
        self._words = itertools.count(1)
        self._agents = [None, *(each["id"] for each in house.request("GET", "/agents").json()["data"])]
        self.watchers: list[Recorder] = []
        for phone in phones:
            self._say(phone)

    def play(self, steps: Sequence[Step]) -> None:
        for name, which, what in steps:
            getattr(self, f"_step_{name}")(which, what)

    def end(self) -> None:
        """Come back, have a last word, and wait until nothing is under way any more."""
        for watcher in self.watchers:
            watcher.resume()
        for phone in self._phones:
            self._say(phone)
            self._house.stored(self._wamids[phone][-1])
        self._house.eventually(self._quiet, what="everything sent, told and applied")

    def _quiet(self) -> bool:
        return not any(self._house.ask(query, *parameters) for query, *parameters in self._unfinished())

    def _unfinished(self) -> list[tuple[Any, ...]]:
        every = [wamid for wamids in self._wamids.values() for wamid in wamids]
        return [
            (
                "SELECT 1 FROM message WHERE conversation_id = ANY(%s::uuid[]) AND direction = 'outbound'"
                " AND NOT status_times ?& array['accepted', 'sent', 'delivered', 'read']",
                list(self._conversations),
            ),
            ("SELECT 1 FROM parked_update WHERE target_wamid = ANY(%s)", every),
            ("SELECT 1 FROM media WHERE status = 'pending'",),
            ("SELECT 1 FROM pending_event",),
        ]

    # What customers do.

    def _step_say(self, which: int, what: int) -> None:
        self._say(self._phone(which))

    def _step_say_much(self, which: int, what: int) -> None:
        self._tell(*(self._text(self._phone(which + turn)) for turn in range(1 + what)))

    def _step_quote(self, which: int, what: int) -> None:
        phone = self._phone(which)
        self._tell(self._text(phone, context={"id": self._wamid(phone, what)}))

    def _step_picture(self, which: int, what: int) -> None:
        """A file that is fetched afterwards, which an event tells of."""
        url = f"{self._house.formation.urls.phone}/sandbox/media"
        kept = requests.post(url, data=b"%d" % what, headers={"Content-Type": "image/png"}, timeout=30).json()
        picture = self._meta.message(self._phone(which), "image", image=_PICTURE | {"id": kept["id"]})
        self._tell(picture)

    def _step_react(self, which: int, what: int) -> None:
        phone = self._phone(which)
        target = {"message_id": self._wamid(phone, what), "emoji": _EMOJI[what % len(_EMOJI)]}
        self._tell(self._meta.message(phone, "reaction", reaction=target))

    def _step_edit(self, which: int, what: int) -> None:
        phone = self._phone(which)
        self._tell(self._edit(phone, self._wamid(phone, what)))

    def _step_revoke(self, which: int, what: int) -> None:
        phone = self._phone(which)
        target = {"original_message_id": self._wamid(phone, what)}
        self._tell(self._meta.message(phone, "revoke", revoke=target))

    def _step_early(self, which: int, what: int) -> None:
        """An edit that comes before the message it is of."""
        phone = self._phone(which)
        text = self._text(phone)
        self._tell(self._edit(phone, text["id"]))
        self._tell(text)

    # What Meta and the phone app tell.

    def _step_echo(self, which: int, what: int) -> None:
        phone = self._phone(which)
        echo = self._text(phone) | {"from": "15550001111", "to": phone}
        self._house.deliver(
            self._meta.body(self._meta.value(message_echoes=[echo]), field="smb_message_echoes")
        )

    def _step_status(self, which: int, what: int) -> None:
        sent = self._known(which, "direction <> 'inbound'")
        if sent:
            status = _STATUSES[what % len(_STATUSES)]
            news = self._meta.status(sent[what % len(sent)][1], status, self._phone(which))
            self._house.deliver(self._meta.body(self._meta.value(statuses=[news])))

    # What agents do.

    def _step_send(self, which: int, what: int, **more: Any) -> None:
        text = {"type": "text", "text": {"body": f"Answer {next(self._words)}"}}
        wanted = {"conversation_id": self._conversation(which)} | text | more
        assert self._house.request("POST", "/messages/send", json=wanted).status_code == 202

    def _step_answer(self, which: int, what: int) -> None:
        known = self._known(which, "true")
        self._step_send(which, what, reply_to=known[what % len(known)][0])

    def _step_read(self, which: int, what: int) -> None:
        assert self._house.request("POST", f"/conversations/{self._conversation(which)}/read").ok

    def _step_change(self, which: int, what: int) -> None:
        self._patch(which, status=_STATES[what % len(_STATES)], labels=_LABELS[what % len(_LABELS)])

    def _step_assign(self, which: int, what: int) -> None:
        self._patch(which, assignee_id=self._agents[what % len(self._agents)])

    # What becomes of those who watch.

    def _step_drop(self, which: int, what: int) -> None:
        self._watcher(which).drop()

    def _step_resume(self, which: int, what: int) -> None:
        self._watcher(which).resume()

    def _step_forget(self, which: int, what: int) -> None:
        self._watcher(which).forget()

    # Within.

    def _patch(self, which: int, **change: Any) -> None:
        answer = self._house.request("PATCH", f"/conversations/{self._conversation(which)}", json=change)
        assert answer.ok, answer.text

    def _say(self, phone: str) -> None:
        self._tell(self._text(phone))

    def _tell(self, *updates: dict[str, Any]) -> None:
        """All by customers whose name is another each time."""
        assert self._house.deliver(self._meta.said(*updates, name=f"Ada {next(self._words)}")).ok

    def _text(self, phone: str, **more: Any) -> dict[str, Any]:
        text = self._meta.text(phone, f"Word {next(self._words)}", **more)
        self._wamids[phone].append(text["id"])
        return text

    def _edit(self, phone: str, wamid: str) -> dict[str, Any]:
        changed = {"type": "text", "text": {"body": f"Better word {next(self._words)}"}}
        return self._meta.message(phone, "edit", edit={"original_message_id": wamid, "message": changed})

    def _known(self, which: int, condition: str) -> list[tuple[Any, ...]]:
        query = (
            f"SELECT id, wamid FROM message WHERE conversation_id = %s AND wamid IS NOT NULL AND {condition}"
        )
        return self._house.ask(f"{query} ORDER BY id", self._conversation(which))

    def _phone(self, which: int) -> str:
        return self._phones[which % len(self._phones)]

    def _conversation(self, which: int) -> str:
        return self._conversations[which % len(self._conversations)]

    def _wamid(self, phone: str, what: int) -> str:
        return self._wamids[phone][what % len(self._wamids[phone])]

    def _watcher(self, which: int) -> Recorder:
        return self.watchers[which % len(self.watchers)]
