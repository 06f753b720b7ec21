"""The sender: claim, call, record. The attempt is committed before the call, the outcome after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from models import number, outbound
from models.database import UNAVAILABLE, database, is_unavailable, release
from models.outbound import Claim
from realtime.events import Event, now
from settings import Settings
from tasks.announce import Announcer
from tasks.lines import Lines
from tasks.retry import delay_s
from tasks.uploads import Uploader
from whatsapp.client import Accepted, Refused, Unconfirmed
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.payloads import graph_body

_log = structlog.get_logger(__name__)
# How long an outcome is kept in hand while Postgres is away; then the lease decides.
_RECORD_S = 30.0
_RECORD_PAUSE_S = 0.5

Outcome = Callable[[], Sequence[Event]]


class Sender:
    """Sends what is due in one conversation, oldest first, one at a time."""

    def __init__(self, lines: Lines, uploader: Uploader, announcer: Announcer, settings: Settings) -> None:
        self._lines = lines
        self._uploader = uploader
        self._announcer = announcer
        self._settings = settings

    def run(self, conversation_id: str) -> int:
        """Send until nothing is due or the head must wait; returns how many attempts were made."""
        attempts = 0
        while claim := self._claim(conversation_id):
            self._record(self._attempt(claim))
            attempts += 1
        return attempts

    def _claim(self, conversation_id: str) -> Claim | None:
        with database.atomic():
            return outbound.claim(conversation_id, self._settings.send_lease_s)

    def _attempt(self, claim: Claim) -> Outcome:
        """One call to Meta; returns what to record. No database connection is held meanwhile."""
        try:
            answer = self._call(claim)
        except Refused as refusal:
            return self._refused(claim, refusal)
        except Unconfirmed as lost:
            reason = str(lost)
            _log.warning("send_unconfirmed", message_id=claim.message_id, reason=reason)
            return lambda: outbound.unconfirmed(claim, reason)
        return lambda: outbound.accepted(claim, answer.wamid)

    def _call(self, claim: Claim) -> Accepted:
        # By the token read with the claim: a read here that failed would leave a message that was never sent
        # looking as if it might have been.
        line = self._lines.under(claim.phone_number_id, claim.credential)
        body = graph_body(
            claim.type,
            self._resolved(claim),
            phone=claim.phone,
            user_id=claim.user_id,
            group_id=claim.group_id,
            reply_to_wamid=claim.reply_to_wamid,
            callback_id=claim.message_id,
        )
        release()
        return line.graph.send(claim.phone_number_id, body)

    def _resolved(self, claim: Claim) -> Any:
        """The content with Meta's ids of its files. Where Postgres goes away here, nothing was sent yet."""
        try:
            return self._uploader.resolve(claim.content, claim.phone_number_id)
        except UNAVAILABLE:
            details = "The database could not be read, so nothing was sent. Parley tries again by itself."
            raise Refused(GraphProblem(None, "Not sent yet", details, ErrorClass.TRANSIENT)) from None

    def _refused(self, claim: Claim, refusal: Refused) -> Outcome:
        problem = refusal.problem
        age_s = (now() - claim.created_at).total_seconds()
        if problem.kind is ErrorClass.MEDIA:
            self._uploader.forget(claim.content, claim.phone_number_id)
        wait = delay_s(problem, claim.attempts, age_s, refusal.retry_after_s, self._settings)
        _log.warning(
            "send_refused",
            message_id=claim.message_id,
            code=problem.code,
            error_class=problem.kind.value,
            retry_in_s=wait,
        )
        if wait is None:
            return lambda: outbound.refused(claim, problem, given_up=problem.retried)
        if problem.kind is ErrorClass.AUTH:
            return lambda: outbound.postponed(claim, problem, 0.0 if _has_new_token(claim) else wait)
        return lambda: outbound.postponed(claim, problem, wait)

    def _record(self, outcome: Outcome) -> None:
        """Commit the outcome. An answer of Meta's is worth waiting for Postgres to come back."""
        ends = time.monotonic() + _RECORD_S
        while True:
            try:
                with database.atomic():
                    self._announcer.announce(outcome())
                return
            except Exception as error:
                if not is_unavailable(error) or time.monotonic() > ends:
                    raise
                release()
                time.sleep(_RECORD_PAUSE_S)


def _has_new_token(claim: Claim) -> bool:
    """Whether the number's token was changed while this attempt was on its way: that woke only those that were
    waiting then."""
    return number.credential(claim.phone_number_id, held=True) != claim.credential
