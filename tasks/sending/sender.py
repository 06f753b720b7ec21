"""One attempt: the call to Meta, and what became of it. The claim is committed before, the outcome after it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import redis
import structlog

from actions.announcing import Announcer
from ground.clock import now
from ground.group_commit import GroupCommit
from health.strange_codes import StrangeCodes
from models.database import UNAVAILABLE, database, is_unavailable, release
from models.messages import outbound
from models.messages.outbound import Claim
from models.numbers import holds, numbers
from schema.events import Event
from settings import Settings
from tasks.graph_lines import Lines
from tasks.sending.pacing import Pacing
from tasks.sending.retry import HELD, delay_s, heeded_s, hold_s
from tasks.sending.uploader import Uploader
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.graph.client import Accepted, Refused, Unconfirmed
from whatsapp.inbound.updates import REACTION
from whatsapp.outbound.payloads import graph_body

_log = structlog.get_logger(__name__)
# Meta keeps a file for 30 days, so one it took a moment ago is not lost: a campaign whose messages are refused would
# bring its picture as often as it has recipients.
_MAY_BE_LOST_AFTER = timedelta(minutes=10)
_TOO_LATE = GraphProblem(
    None,
    "Not sent yet",
    "The sender was held up for longer than SEND_LEASE_S, so nothing was sent. Parley tries again by itself.",
    ErrorClass.TRANSIENT,
)
# How long an outcome is kept in hand while Postgres is away; then the lease decides.
_RECORD_S = 30.0
_RECORD_PAUSE_S = 0.5


class Attempt(NamedTuple):
    """A claimed message, its number's rate in messages a second, and whether it is the trial of a held number."""

    claim: Claim
    rate: float
    on_trial: bool


class Taken(NamedTuple):
    """Meta took it."""

    attempt: Attempt
    wamid: str


class Otherwise(NamedTuple):
    """Any other outcome, and what records it."""

    attempt: Attempt
    record: Callable[[], Sequence[Event]]


Outcome = Taken | Otherwise


class Sender:
    """Makes attempts. Threads may share it: what they have to record at the same time is one transaction."""

    def __init__(
        self,
        lines: Lines,
        uploader: Uploader,
        announcer: Announcer,
        pacing: Pacing,
        codes: StrangeCodes,
        settings: Settings,
    ) -> None:
        self._lines = lines
        self._uploader = uploader
        self._announcer = announcer
        self._pacing = pacing
        self._codes = codes
        self._settings = settings
        self._records = GroupCommit(self._commit)

    def call(self, attempt: Attempt) -> Outcome:
        """Call Meta; returns what came of it, to be recorded."""
        try:
            return self._call(attempt)
        finally:
            release()

    def _call(self, attempt: Attempt) -> Outcome:
        try:
            attempt = self._with_time_for_files(attempt)
            return Taken(attempt, self._post(attempt.claim).wamid)
        except Refused as refusal:
            return self._refused(attempt, refusal)
        except Unconfirmed as lost:
            claim, reason = attempt.claim, str(lost)
            _log.warning("send_unconfirmed", message_id=claim.message_id, reason=reason)
            grace_s = self._settings.sending.unconfirmed_grace_s
            return Otherwise(attempt, lambda: outbound.unconfirmed(claim, reason, grace_s))

    def _with_time_for_files(self, attempt: Attempt) -> Attempt:
        """The attempt, held for longer where Meta must be given a file first."""
        claim = attempt.claim
        with _nothing_sent_yet():
            if not self._uploader.must_upload(claim.content, claim.phone_number_id):
                return attempt
            extended = outbound.extend(claim, self._settings.media.timeout_s + self._settings.sending.lease_s)
        if extended is None:
            raise Refused(_TOO_LATE)
        return attempt._replace(claim=extended)

    def _post(self, claim: Claim) -> Accepted:
        # By the token read with the claim: a read here that failed would leave a message that was never sent
        # looking as if it might have been.
        line = self._lines.under(claim.phone_number_id, claim.credential)
        with _nothing_sent_yet():
            content = self._uploader.resolve(claim.content, claim.phone_number_id)
        body = graph_body(
            claim.type,
            content,
            phone=claim.phone,
            user_id=claim.user_id,
            group_id=claim.group_id,
            reply_to_wamid=claim.reply_to_wamid,
            callback_id=claim.message_id,
        )
        # No database connection is held during the call.
        release()
        return line.graph.send(claim.phone_number_id, body)

    def _refused(self, attempt: Attempt, refusal: Refused) -> Otherwise:
        claim = attempt.claim
        problem = refusal.problem.of(claim.phone_number_id)
        age_s = (now() - claim.asked_at).total_seconds()
        wait = delay_s(problem, claim.attempts, age_s, refusal.retry_after_s, self._settings)
        _log.warning(
            "send_refused",
            message_id=claim.message_id,
            code=problem.code,
            error_class=problem.kind.value,
            retry_in_s=wait,
        )
        self._heed(attempt, refusal)
        self._codes.note([problem])
        if problem.kind in HELD:
            return Otherwise(attempt, lambda: self._of_the_number(attempt, problem, wait))
        return Otherwise(attempt, lambda: self._decided(attempt, problem, wait))

    def _of_the_number(self, attempt: Attempt, problem: GraphProblem, wait: float | None) -> list[Event]:
        # Refused so before, and the hold that followed is gone: another message was taken since.
        acquitted = problem.perhaps_of_the_message and not attempt.on_trial
        if acquitted and outbound.last_code(attempt.claim) == problem.code:
            return self._decided(attempt, problem.of_the_message(), None)
        return [*self._decided(attempt, problem, wait), *_put_on_hold(attempt, problem)]

    def _decided(self, attempt: Attempt, problem: GraphProblem, wait: float | None) -> list[Event]:
        claim = attempt.claim
        if problem.kind is ErrorClass.MEDIA:
            self._uploader.forget(claim.content, claim.phone_number_id)
        elif problem.kind is ErrorClass.CONTENT:
            # The part Meta refuses may be its copy of the file, which it has lost.
            self._uploader.forget(claim.content, claim.phone_number_id, _MAY_BE_LOST_AFTER)
        if wait is not None:
            return list(outbound.postponed(claim, problem, wait))
        # Refused for what the message is: Meta tells that only to a number that may send.
        lifted = attempt.on_trial and not problem.retried
        news = holds.lift(claim.phone_number_id) if lifted else []
        return [*outbound.refused(claim, problem, given_up=problem.retried), *news]

    def _heed(self, attempt: Attempt, refusal: Refused) -> None:
        """What a refusal means for the messages after this one."""
        claim, kind = attempt.claim, refusal.problem.kind
        try:
            if kind is ErrorClass.THROTTLED_NUMBER:
                self._pacing.slow(claim.phone_number_id, attempt.rate, heeded_s(refusal.retry_after_s))
            elif kind is ErrorClass.THROTTLED_PAIR:
                self._pacing.strain(claim.conversation_id)
        except redis.RedisError as error:
            _log.warning("pace_unchanged", error=type(error).__name__)

    def put_back(self, waits: Sequence[tuple[Claim, float]]) -> None:
        """These claims are not to be sent for so many seconds yet."""
        with database.atomic():
            late = outbound.put_back(waits)
            self._announcer.announce(
                [event for claim, wait in late for event in outbound.postponed(claim, _TOO_LATE, wait)]
            )

    def record(self, outcome: Outcome) -> None:
        """Commit the outcome. Raises where that could not be done; then the lease decides.

        An answer of Meta's is worth waiting for Postgres to come back.
        """
        ends = time.monotonic() + _RECORD_S
        commit: Callable[[Outcome], None] = self._records.join
        while True:
            try:
                commit(outcome)
                return
            except Exception as error:
                if is_unavailable(error):
                    if time.monotonic() > ends:
                        raise
                    time.sleep(_RECORD_PAUSE_S)
                elif commit == self._commit_alone:
                    raise
                else:  # somebody else's outcome may be to blame
                    commit = self._commit_alone
            finally:
                release()

    def _commit_alone(self, outcome: Outcome) -> None:
        self._commit([outcome])

    def _commit(self, outcomes: list[Outcome]) -> None:
        taken = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
        with database.atomic():
            if not all(
                isinstance(outcome, Taken) and outcome.attempt.claim.type != REACTION for outcome in outcomes
            ):
                outbound.lock(outcome.attempt.claim for outcome in outcomes)
            events: list[Event] = outbound.accepted(
                [(outcome.attempt.claim, outcome.wamid) for outcome in taken]
            )
            for phone_number_id in {
                outcome.attempt.claim.phone_number_id for outcome in taken if outcome.attempt.on_trial
            }:
                events += holds.lift(phone_number_id)
            for outcome in outcomes:
                if isinstance(outcome, Otherwise):
                    events += outcome.record()
            self._announcer.announce(events)


@contextlib.contextmanager
def _nothing_sent_yet() -> Iterator[None]:
    """Where Postgres goes away in here, the message may be tried again: Meta has not seen it."""
    try:
        yield
    except UNAVAILABLE:
        details = "The database could not be read, so nothing was sent. Parley tries again by itself."
        raise Refused(GraphProblem(None, "Not sent yet", details, ErrorClass.TRANSIENT)) from None


def _put_on_hold(attempt: Attempt, problem: GraphProblem) -> Sequence[Event]:
    """The number is held. One that was given another token while the attempt was on its way is not: that lifted
    only the holds there were."""
    claim = attempt.claim
    if problem.kind is ErrorClass.AUTH:
        standing = numbers.credential(claim.phone_number_id, locked=True)
        if standing != claim.credential:
            return []
    return holds.put(
        claim.phone_number_id,
        problem,
        lambda times: hold_s(problem, times),
        on_trial=attempt.on_trial,
    )
