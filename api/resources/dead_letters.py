"""What was given up: listed, shown with its bytes, and tried again. For admins."""

from __future__ import annotations

import base64

import falcon

from actions.dead_letters import DeadLetters, find
from api import answers
from api.operations import operation
from api.resource import Resource
from models.actors.agents import ADMIN
from models.ledger import dead_letters
from models.ledger.dead_letters import Letter
from schema.requests import ListDeadLetters
from schema.views import DeadLetterList, DeadLetterView, ReplayedView, WholeDeadLetterView


class DeadLettersResource(Resource):
    """``/dead-letters`` and ``/dead-letters/{letter_id}``."""

    roles = (ADMIN,)

    def __init__(self, verbs: DeadLetters) -> None:
        self._verbs = verbs

    @operation("list_dead_letters", query=ListDeadLetters, answer=DeadLetterList)
    def on_get_all(
        self, req: falcon.Request, resp: falcon.Response, query: ListDeadLetters
    ) -> DeadLetterList:
        """Those that wait; with ``replayed=true`` those that were tried again."""
        page = answers.page(query, lambda limit, cursor: dead_letters.page(not query.replayed, limit, cursor))
        return answers.linked(DeadLetterList, req, page, [describe(letter) for letter in page.items])

    @operation("replay_dead_letters", answer=ReplayedView, status=202, errors=("not_found", "inbox_full"))
    def on_post_replay_all(self, req: falcon.Request, resp: falcon.Response) -> ReplayedView:
        """Try all that wait again."""
        return ReplayedView(replayed=self._verbs.replay_all(req.context.actor))

    @operation("get_dead_letter", answer=WholeDeadLetterView, errors=("not_found",))
    def on_get(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> WholeDeadLetterView:
        """One, with its raw bytes in base64."""
        letter, body = find(letter_id)
        raw = None if body is None else base64.b64encode(body).decode()
        return WholeDeadLetterView(**letter._asdict(), body_base64=raw)

    @operation("replay_dead_letter", answer=DeadLetterView, status=202, errors=("not_found", "inbox_full"))
    def on_post_replay(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> DeadLetterView:
        """Try one again. Safe to repeat."""
        return describe(self._verbs.replay(req.context.actor, letter_id))


def describe(letter: Letter) -> DeadLetterView:
    return DeadLetterView(**letter._asdict())
