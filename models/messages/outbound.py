"""Messages on their way out: asked for, claimed, and what became of each attempt.

The row is the record; a Celery task is only a wake-up call. Every verb must run in a transaction, and every
change of an attempt's outcome is refused where the claim is no longer the current one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ground.clock import now
from ground.ids import new_id
from models.conversations import conversations, joining
from models.conversations.conversations import Growth, State
from models.database import bulk, json, moment, rows
from models.ledger import dead_letters, parked
from models.messages import amendments, messages, quotes
from models.messages.status_moves import News, advance
from models.numbers.numbers import Credential
from schema.directions import OUTBOUND
from schema.events import Event, MessageStatus, NewMessage
from schema.statuses import ACCEPTED, FAILED, QUEUED, UNCONFIRMED
from schema.views import ContactView, MessageView
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.inbound.updates import REACTION, Amendment
from whatsapp.preview import preview


class Request(NamedTuple):
    """What an agent asks to send. ``digest`` is of the whole request, to tell a repeat from a misuse of a key;
    ``preview`` is what the customer will read, where the content alone does not tell; ``client_reference`` what the
    caller calls it, which names no message by itself: several may share one."""

    type: str
    content: Any
    reply_to: str | None
    agent_id: str | None
    idempotency_key: str | None
    digest: str
    preview: str = ""
    client_reference: str | None = None


class KeyReused(Exception):
    """The idempotency key was used before, with another request."""


class Joined(Exception):
    """The conversation was joined with another since it was looked up: look again."""


class Claim(NamedTuple):
    """One attempt: the message as it must be sent, by what token, how often it was tried, until when it is held.

    ``lease_until`` tells this attempt from every other: the count begins anew when a person sends it again.
    """

    message_id: str
    conversation_id: str
    phone_number_id: str
    type: str
    content: Any
    reply_to_wamid: str | None
    attempts: int
    created_at: datetime
    asked_at: datetime
    phone: str | None
    user_id: str | None
    group_id: str | None
    lease_until: datetime
    credential: Credential


# A conversation that is being joined with another takes none.
_IS_THERE = """
JOIN conversation v ON v.id = n.conversation_id WHERE v.contact_id IS NOT NULL FOR KEY SHARE OF v
"""


def ask(state: State, contact: ContactView, request: Request) -> tuple[MessageView, list[Event]]:
    """Queue a message; returns it and the events to announce, none where the key names one queued before.

    Raises KeyReused and Joined.
    """
    asked_at = moment()
    key = new_id(asked_at)
    record = {
        "id": key,
        "conversation_id": state.id,
        "phone_number_id": state.phone_number_id,
        "direction": OUTBOUND,
        "type": request.type,
        "content": request.content,
        "preview": request.preview or preview(request.type, request.content),
        "status": QUEUED,
        "reply_to_id": request.reply_to,
        "reply_to_wamid": messages.wamid_of(request.reply_to),
        "agent_id": request.agent_id,
        "idempotency_key": request.idempotency_key,
        "request_digest": request.digest,
        "client_reference": request.client_reference,
        "next_attempt_at": asked_at,
        "created_at": asked_at,
    }
    stored = messages.insert([record], messages.BY_KEY, where=_IS_THERE)
    if not stored:
        return _asked_before(request), []
    grown = conversations.grow({state.id: Growth(key, asked_at, 0, None)})[state.id]
    view = messages.views([key])[key]
    return view, [NewMessage(conversation_id=state.id, message=view, conversation=grown.view(contact))]


def _asked_before(request: Request) -> MessageView:
    records = rows(
        "SELECT id, request_digest FROM message WHERE agent_id = %s AND idempotency_key = %s",
        (request.agent_id, request.idempotency_key),
    )
    if not records:
        raise Joined
    key, digest = records[0]
    if digest != request.digest:
        raise KeyReused
    return messages.views([key])[key]


class Line(NamedTuple):
    """A number that has something due. ``rate`` is its own, in messages a second, where it has one; one that is
    ``on_trial`` was held, and sends one message to see whether it may go on."""

    phone_number_id: str
    rate: float | None
    on_trial: bool


def lines() -> list[Line]:
    """The numbers that have something due and are not held."""
    records = rows(
        "SELECT n.phone_number_id, n.send_rate, h.until IS NOT NULL FROM number n"
        " LEFT JOIN number_hold h ON h.phone_number_id = n.phone_number_id"
        " WHERE (h.until IS NULL OR h.until <= now()) AND EXISTS (SELECT 1 FROM message m"
        " WHERE m.phone_number_id = n.phone_number_id AND m.direction = 'outbound' AND m.status = 'queued'"
        " AND m.next_attempt_at <= now()) ORDER BY n.phone_number_id"
    )
    return [Line(*row) for row in records]


_CLAIM = """
WITH due AS (
    SELECT id FROM message m
    WHERE phone_number_id = %s AND direction = 'outbound' AND status = 'queued' AND next_attempt_at <= now()
      AND NOT EXISTS (
          SELECT 1 FROM message e WHERE e.conversation_id = m.conversation_id AND e.direction = 'outbound'
             AND (e.status = 'sending' OR e.status = 'queued'
                  AND (coalesce(e.send_order, 0), e.id) < (coalesce(m.send_order, 0), m.id)))
    ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE message m SET status = 'sending', attempts = m.attempts + 1, revision = m.revision + 1,
    lease_until = clock_timestamp() + make_interval(secs => %s)
FROM due, conversation v JOIN contact c ON c.id = v.contact_id
     JOIN number n ON n.phone_number_id = v.phone_number_id
WHERE m.id = due.id AND v.id = m.conversation_id
RETURNING m.id, m.conversation_id, m.phone_number_id, m.type, m.content, m.reply_to_wamid, m.attempts, m.created_at,
          coalesce(m.asked_again_at, m.created_at),
          c.phone, c.user_id, c.group_id, m.lease_until, n.access_token, n.removed_at IS NOT NULL
"""


def claim_due(phone_number_id: str, most: int, lease_s: float) -> list[Claim]:
    """Take messages of a number that are due, longest due first, at most one of each conversation.

    Only the oldest unsent message of a conversation may go: while one is on its way, or waits for its next
    attempt, those behind it wait, so a conversation keeps its order. Of two claimers one gets a message.
    """
    claimed = rows(_CLAIM, (phone_number_id, most, lease_s))
    return [_claimed(*row) for row in claimed]


def _claimed(*row: Any) -> Claim:
    *fields, sealed, removed = row
    return Claim._make([*fields, Credential(sealed, removed)])


def put_back(waits: Sequence[tuple[Claim, float]]) -> list[tuple[Claim, float]]:
    """Claimed, and not to be sent for so many seconds yet: nothing was tried, so it counts as no attempt. Returns
    those that were not held any more."""
    messages.lock(claim.message_id for claim, _ in waits)
    records = bulk(
        "UPDATE message m SET status = 'queued', attempts = m.attempts - 1, lease_until = NULL,"
        " next_attempt_at = clock_timestamp() + make_interval(secs => w.wait_s), revision = m.revision + 1"
        " FROM (VALUES %s) AS w (id, lease, wait_s)"
        " WHERE m.id = w.id AND m.status = 'sending' AND m.lease_until = w.lease RETURNING m.id",
        [(claim.message_id, claim.lease_until, wait) for claim, wait in waits],
        "(%s::uuid, %s::timestamptz, %s::float8)",
    )
    back = {row[0] for row in records}
    return [(claim, wait) for claim, wait in waits if claim.message_id not in back]


def extend(claim: Claim, lease_s: float) -> Claim | None:
    """Hold a message for longer: there is more to do than the call. None where it is not held any more."""
    extended = rows(
        "UPDATE message SET lease_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND status = 'sending' AND lease_until = %s RETURNING lease_until",
        (lease_s, claim.message_id, claim.lease_until),
    )
    return claim._replace(lease_until=extended[0][0]) if extended else None


# What a sender knows for certain counts although a sweep has given its attempt up meanwhile, as long as nobody has made
# another. Nobody asked for one since, and its count is the same: so it is this attempt that left it unconfirmed.
_OF_THIS_ATTEMPT = """
(m.status = 'sending' AND m.lease_until = %(lease_until)s OR m.status = 'unconfirmed'
 AND m.attempts = %(attempts)s AND coalesce(m.asked_again_at, m.created_at) = %(asked_at)s)
"""
# It would go out after those that were to come after it.
_NOT_OVERTAKEN = """
(m.status = 'sending' OR NOT EXISTS (
    SELECT 1 FROM message b WHERE b.conversation_id = m.conversation_id AND b.direction = 'outbound'
       AND (b.attempts > 0 OR b.asked_again_at IS NOT NULL)
       AND (coalesce(b.send_order, 0), b.id) > (coalesce(m.send_order, 0), m.id)))
"""


def _is_current(claim: Claim) -> bool:
    """Whether this attempt is the last one there was; locks the message."""
    current = rows(
        f"SELECT 1 FROM message m WHERE id = %(message_id)s AND {_OF_THIS_ATTEMPT} FOR UPDATE",
        claim._asdict(),
    )
    return bool(current)


def lock(taken: Iterable[Claim]) -> None:
    """Hold all messages that the outcomes of these attempts change, those our reactions are of among them."""
    claims = list(taken)
    reacted = messages.by_wamid(
        (claim.phone_number_id, claim.content["message_id"]) for claim in claims if claim.type == REACTION
    )
    messages.lock([claim.message_id for claim in claims] + list(reacted.values()))


def last_code(claim: Claim) -> int | None:
    """The code with which Meta refused this message the last time it was tried; None where there was none."""
    records = rows("SELECT error->>'code' FROM message WHERE id = %s", (claim.message_id,))
    return int(records[0][0]) if records and records[0][0] is not None else None


def accepted(taken: Sequence[tuple[Claim, str]]) -> list[Event]:
    """Meta took these, each with its wamid. Counts even where a lease ran out meanwhile: this is the truth."""
    taken_at = now()
    parked.call_up((claim.phone_number_id, wamid) for claim, wamid in taken)
    events: list[Event] = list(
        advance([News(claim.message_id, ACCEPTED, taken_at, wamid=wamid) for claim, wamid in taken])
    )
    reactions = [_own_reaction(claim, wamid) for claim, wamid in taken if claim.type == REACTION]
    if reactions:
        events += amendments.apply(reactions)
    return events + messages.updates(quotes.resolve([wamid for _, wamid in taken]))


def _own_reaction(claim: Claim, wamid: str) -> Amendment:
    """Our reaction, shown at the message it is of as a customer's is."""
    return Amendment(
        phone_number_id=claim.phone_number_id,
        wamid=wamid,
        target_wamid=claim.content["message_id"],
        kind=REACTION,
        by_customer=False,
        at=claim.created_at,
        emoji=claim.content["emoji"],
    )


def refused(claim: Claim, problem: GraphProblem, *, given_up: bool = False) -> Sequence[Event]:
    """Meta refused it for good; ``given_up`` after many tries, which leaves a dead letter."""
    if not _is_current(claim):
        return []
    if given_up:
        dead_letters.bury_send(claim.message_id, f"{problem.code}: {problem.details or problem.title}")
    return advance([News(claim.message_id, FAILED, now(), problem)])


def unconfirmed(claim: Claim, reason: str, grace_s: float) -> Sequence[Event]:
    """The answer was lost: neither sent nor failed, until a status, a person or the grace time decides."""
    return _unknown([claim.message_id], reason, grace_s) if _is_current(claim) else []


def _unknown(ids: Sequence[str], reason: str, grace_s: float) -> list[MessageStatus]:
    problem = GraphProblem(None, "Nobody knows whether it was sent", reason, ErrorClass.UNCONFIRMED)
    events = advance([News(message_id, UNCONFIRMED, now(), problem) for message_id in ids])
    rows(
        "UPDATE message SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = ANY(%s::uuid[]) AND status = %s",
        (grace_s, list(ids), UNCONFIRMED),
    )
    return events


def postponed(claim: Claim, problem: GraphProblem, delay_s: float) -> Sequence[Event]:
    """Meta certainly did not take it, and it is worth another try after ``delay_s``.

    One that is unconfirmed by now, and that later messages of its conversation have overtaken, stays so.
    """
    updated = rows(
        f"UPDATE message m SET conversation_id = {joining.home('m.conversation_id')}, status = %(queued)s,"
        " next_attempt_at = clock_timestamp() + make_interval(secs => %(delay_s)s),"
        " lease_until = NULL, error = %(error)s, revision = revision + 1"
        f" WHERE id = %(message_id)s AND {_OF_THIS_ATTEMPT} AND {_NOT_OVERTAKEN} RETURNING id",
        {
            **claim._asdict(),
            "queued": QUEUED,
            "delay_s": delay_s,
            "error": json(messages.error_view(problem)),
        },
    )
    return _status_events([row[0] for row in updated])


# What is queued is where everybody sees it, so that a conversation has one queue.
_QUEUED_AGAIN = (
    f"conversation_id = {joining.home('conversation_id')}, status = %s, next_attempt_at = now(),"
    " asked_again_at = now(), error = NULL, attempts = 0,"
)


def retry(message_id: str) -> list[MessageStatus]:
    """Queue a failed or unconfirmed message again, because a person asked. No event where it is neither, and none
    where somebody certainly has it: who got a bill, or a member of the group, would get it twice.

    One that may have been sent already is marked ``possible_duplicate``.
    """
    updated = rows(
        f"UPDATE message SET {_QUEUED_AGAIN}"
        " possible_duplicate = possible_duplicate OR status = %s, status_times = status_times - 'failed',"
        " revision = revision + 1"
        " WHERE id = %s AND direction = 'outbound' AND status IN (%s, %s) AND deleted_at IS NULL AND payment IS NULL"
        """ AND NOT jsonb_path_exists(recipients, '$.*.status ? (@ <> "failed")') RETURNING id""",
        (QUEUED, UNCONFIRMED, message_id, FAILED, UNCONFIRMED),
    )
    return _status_events([row[0] for row in updated])


def resend_unconfirmed(limit: int = 500) -> list[MessageStatus]:
    """Queue what is unconfirmed past its grace time again, once: marked ``possible_duplicate`` from then on."""
    updated = rows(
        f"UPDATE message SET {_QUEUED_AGAIN}"
        " possible_duplicate = true, revision = revision + 1 WHERE id IN (SELECT id FROM message"
        " WHERE status = 'unconfirmed' AND NOT possible_duplicate AND next_attempt_at <= now() AND deleted_at IS NULL"
        " ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id",
        (QUEUED, limit),
    )
    return _status_events([row[0] for row in updated])


def _status_events(ids: list[str]) -> list[MessageStatus]:
    return [
        MessageStatus(
            conversation_id=view.conversation_id,
            message_id=view.id,
            status=view.status,
            status_times=view.status_times,
            error=view.error,
            wamid=view.wamid,
            revision=view.revision,
            pricing=view.pricing,
            possible_duplicate=view.possible_duplicate,
            client_reference=view.client_reference,
            payment=view.payment,
            recipients=view.recipients,
        )
        for view in messages.views(ids).values()
    ]


def expire_leases(grace_s: float, limit: int = 500) -> list[MessageStatus]:
    """Sends whose sender fell silent become unconfirmed: it may have died before the call or after it."""
    expired = rows(
        "SELECT id FROM message WHERE status = 'sending' AND lease_until < now() ORDER BY id LIMIT %s"
        " FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    return _unknown(
        [row[0] for row in expired], "The sender stopped before it could note Meta's answer.", grace_s
    )
