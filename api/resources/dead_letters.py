"""What was given up: listed, shown with its bytes, and tried again. For admins."""

from __future__ import annotations

import base64
from typing import Any

import falcon

from actions.replay import Replay
from api import answers
from api.bodies import Query
from api.errors import ApiError
from ground.ids import is_id
from models.actors.agents import ADMIN
from models.ledger import dead_letters
from models.ledger.dead_letters import Letter
from queues.inbox import InboxFull


class DeadLettersResource:
    """GET: those that wait; with ``replayed=true`` those that were tried again."""

    roles = (ADMIN,)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = Query(req, ("replayed", "limit", "before", "after"))
        replayed = query.flag("replayed")
        limit, cursor = answers.read_place(query)
        query.check()
        page = answers.page_at(lambda: dead_letters.page(not replayed, limit, cursor), cursor)
        answers.write_page(req, resp, page, [describe(letter) for letter in page.items])


class DeadLetterResource:
    """GET: one, with its raw bytes in base64."""

    roles = (ADMIN,)

    def on_get(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        found = dead_letters.get(letter_id) if is_id(letter_id) else None
        if found is None:
            raise _unknown(letter_id)
        letter, body = found
        raw = None if body is None else base64.b64encode(body).decode()
        answers.write(resp, describe(letter) | {"body_base64": raw})


class DeadLetterReplayResource:
    """POST: try one again. Safe to repeat."""

    roles = (ADMIN,)

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def on_post(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        try:
            letter = self._replay.one(letter_id) if is_id(letter_id) else None
        except InboxFull:
            raise ApiError("inbox_full", "Too many webhooks wait to be persisted; try again later.") from None
        if letter is None:
            raise _unknown(letter_id)
        answers.write(resp, describe(letter), 202)


class DeadLettersReplayResource:
    """POST: try all that wait again."""

    roles = (ADMIN,)

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        try:
            answers.write(resp, {"replayed": self._replay.every()}, 202)
        except InboxFull:
            raise ApiError("inbox_full", "Too many webhooks wait to be persisted; try again later.") from None


def describe(letter: Letter) -> dict[str, Any]:
    return letter._asdict()


def _unknown(letter_id: str) -> ApiError:
    return ApiError("not_found", f"There is no dead letter {letter_id[:60]!r}.")
