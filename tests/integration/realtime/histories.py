"""What customers, Meta and agents do, step by step, and random sequences of it.

A step is a name and its choices: numbers that are taken modulo what there is to choose from, so that any
sequence of steps makes sense. Nothing waits for what it started: webhooks, sends and statuses overlap.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from faults.house import House
    from faults.people.meta import Meta
    from tests.integration.realtime.recording import Recorder

_STATUSES = ("sent", "delivered", "read", "failed")
_STATES = ("open", "pending", "snoozed", "closed")
_LABELS: tuple[list[str], ...] = ([], ["vip"], ["vip", "refund"])
_EMOJI = ("👍", "🙏", "")
_PICTURE = {"mime_type": "image/png", "caption": "A picture"}
_NAMES = (
    *("say", "say", "say_much", "say_elsewhere", "quote", "quote_early", "quote_answer", "picture", "react"),
    *(
        "edit",
        "revoke",
        "echo",
        "early",
        "status",
        "move",
        "send",
        "send",
        "answer",
        "read",
        "change",
        "assign",
    ),
    *("assign", "drop", "resume", "forget"),
)
_SECOND_NUMBER = "106540352249999"
Step = tuple[str, int, int]


def steps(seed: int) -> list[Step]:
    """A random sequence, the same for the same seed."""
    chance = random.Random(seed)
    length = chance.randrange(15, 45)
    return [(chance.choice(_NAMES), chance.randrange(12), chance.randrange(12)) for _ in range(length)]


class History:
    """One history, told to a house by the customers ``phones`` and seen by ``watchers``.

    Each customer has a conversation with our number; the first two also have one with a second number of ours,
    with which they speak seldom. ``conversations`` are all there ever were, those joined with another included.
    """

    def __init__(self, house: House, phones: Sequence[str]) -> None:
        self._house, self._meta, self._elsewhere = house, house.meta, copy.copy(house.meta)
        self._elsewhere.number = _SECOND_NUMBER
        self._phones = list(phones)
        self._wamids: dict[str, list[str]] = {phone: [] for phone in phones}
        self._words = itertools.count(1)
        self._agents = [None, *(agent["id"] for agent in house.request("GET", "/agents").json()["data"])]
        self.watchers: list[Recorder] = []
        self._threads = [self._conversation_of(self._say(phone)) for phone in phones]
        elsewhere = [self._conversation_of(self._say_elsewhere(phone)) for phone in phones[:2]]
        self.conversations = [*self._threads, *elsewhere]

    def _conversation_of(self, text: dict[str, Any]) -> str:
        return str(self._house.stored(text["id"])["conversation_id"])

    def play(self, steps: Sequence[Step]) -> None:
        for name, which, what in steps:
            getattr(self, f"_step_{name}")(which, what)

    def end(self) -> None:
        """Come back, have a last word, and wait until nothing is under way any more."""
        for watcher in self.watchers:
            watcher.resume()
        for phone in dict.fromkeys(self._phones):
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
                self.conversations,
            ),
            (
                "SELECT 1 FROM message m JOIN message o ON o.wamid = m.reply_to_wamid"
                " WHERE m.reply_to_id IS NULL AND m.conversation_id = ANY(%s::uuid[])",
                self.conversations,
            ),
            ("SELECT 1 FROM parked_update WHERE target_wamid = ANY(%s)", every),
            ("SELECT 1 FROM media WHERE status = 'pending'",),
            ("SELECT 1 FROM event_outbox",),
        ]

    # What customers do.

    def _step_say(self, which: int, what: int) -> None:
        self._say(self._phone(which))

    def _step_say_much(self, which: int, what: int) -> None:
        self._tell(*(self._text(self._phone(which + turn)) for turn in range(1 + what)))

    def _step_say_elsewhere(self, which: int, what: int) -> None:
        """By which our first number learns another name of theirs."""
        self._say_elsewhere(self._phones[which % 2])

    def _step_quote(self, which: int, what: int) -> None:
        phone = self._phone(which)
        self._quote(phone, self._wamid(phone, what))

    def _step_quote_early(self, which: int, what: int) -> None:
        """A quote that comes before what it quotes."""
        phone = self._phone(which)
        text = self._text(phone)
        self._quote(phone, text["id"])
        self._tell(text)

    def _step_quote_answer(self, which: int, what: int) -> None:
        """A quote of ours the moment that Meta has it: perhaps before we know what Meta calls it."""
        asked = self._step_send(which, what)
        sent = self._house.eventually(lambda: self._house.sent(asked), what="the answer at Meta")
        self._quote(self._phone(which), sent[0]["wamid"])

    def _step_move(self, which: int, what: int) -> None:
        """A customer tells of a new number, which another one's turns out to be."""
        before, phone = self._phone(which), self._phone(what)
        if before == phone:
            return
        change = {"type": "user_changed_number", "wa_id": phone, "body": "A new number"}
        self._tell(self._meta.message(before, "system", system=change))
        home = self._threads[self._phones.index(before)]
        self._wamids[phone] += self._wamids[before]
        for place, other in enumerate(self._phones):
            if other in (before, phone):
                self._phones[place], self._threads[place] = phone, home

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

    def _step_send(self, which: int, what: int, **more: Any) -> str:
        text = {"type": "text", "text": {"body": f"Answer {next(self._words)}"}}
        wanted = {"conversation_id": self._conversation(which)} | text | more
        answer = self._house.request("POST", "/messages/send", json=wanted)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

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

    def _say(self, phone: str) -> dict[str, Any]:
        text = self._text(phone)
        self._tell(text)
        return text

    def _say_elsewhere(self, phone: str) -> dict[str, Any]:
        text = self._elsewhere.text(phone, f"Word {next(self._words)}")
        self._tell(text, meta=self._elsewhere)
        return text

    def _tell(self, *updates: dict[str, Any], meta: Meta | None = None) -> None:
        """All by customers whose name is another each time."""
        said = (meta or self._meta).said(*updates, name=f"Ada {next(self._words)}")
        assert self._house.deliver(said).ok

    def _quote(self, phone: str, wamid: str) -> None:
        self._tell(self._text(phone, context={"id": wamid}))

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
        return self._threads[which % len(self._threads)]

    def _wamid(self, phone: str, what: int) -> str:
        return self._wamids[phone][what % len(self._wamids[phone])]

    def _watcher(self, which: int) -> Recorder:
        return self.watchers[which % len(self.watchers)]
