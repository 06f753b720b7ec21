"""What was given up: listed, shown with its bytes, and tried again. For admins."""

from __future__ import annotations

import base64

import falcon

from actions.dead_letters import DeadLetters, find
from api import answers
from api.resource import Resource
from models.actors.agents import ADMIN
from models.ledger import dead_letters
from schema.requests import ListDeadLetters


class DeadLettersResource(Resource):
    """``/dead-letters`` and ``/dead-letters/{letter_id}``."""

    roles = (ADMIN,)

    def __init__(self, verbs: DeadLetters) -> None:
        self._verbs = verbs

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Those that wait; with ``replayed=true`` those that were tried again."""
        query = answers.read_list(req, ListDeadLetters)
        page = answers.page(query, lambda limit, cursor: dead_letters.page(not query.replayed, limit, cursor))
        answers.write_page(req, resp, page, [letter._asdict() for letter in page.items])

    def on_post_replay_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Try all that wait again."""
        answers.write(resp, {"replayed": self._verbs.replay_all(req.context.actor)}, 202)

    def on_get(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """One, with its raw bytes in base64."""
        letter, body = find(letter_id)
        raw = None if body is None else base64.b64encode(body).decode()
        answers.write(resp, letter._asdict() | {"body_base64": raw})

    def on_post_replay(self, req: falcon.Request, resp: falcon.Response, letter_id: str) -> None:
        """Try one again. Safe to repeat."""
        answers.write(resp, self._verbs.replay(req.context.actor, letter_id)._asdict(), 202)
