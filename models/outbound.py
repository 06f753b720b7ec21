"""Messages on their way out: asked for, claimed, and what became of each attempt.

The row is the record; a Celery task is only a wake-up call. Every verb must run in a transaction, and every
change of an attempt's outcome is refused where the claim is no longer the current one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from models import amendment, conversation, dead_letter, message
from models.conversation import Growth, State
from models.database import json, rows
from models.ids import new_id
from models.message import OUTBOUND, News, advance
from models.number import Credential
from models.status import ACCEPTED, FAILED, QUEUED, SENDING, UNCONFIRMED
from realtime.events import Event, MessageStatus, NewMessage, now
from realtime.views import ContactView, MessageView
from whatsapp.errors import ErrorClass, GraphProblem
from whatsapp.preview import preview
from whatsapp.updates import REACTION, Amendment


class Request(NamedTuple):
    """What an agent asks to send. ``digest`` is of the whole request, to tell a repeat from a misuse of a key;
    ``preview`` is what the customer will read, where the content alone does not tell."""

    type: str
    content: Any
    reply_to: str | None
    agent_id: str | None
    idempotency_key: str | None
    digest: str
    preview: str = ""


class KeyReused(Exception):
    """The idempotency key was used before, with another request."""


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
    phone: str | None
    user_id: str | None
    group_id: str | None
    lease_until: datetime
    credential: Credential


def ask(state: State, contact: ContactView, request: Request) -> tuple[MessageView, list[Event]]:
    """Queue a message; returns it and the events to announce, none where the key names one queued before.

    Raises KeyReused.
    """
    key, moment = new_id(), now()
    reply_wamid = message.wamid_of(request.reply_to)
    stored = rows(
        "INSERT INTO message (id, conversation_id, phone_number_id, direction, type, content, preview, status,"
        " reply_to_id, reply_to_wamid, agent_id, idempotency_key, request_digest, next_attempt_at, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (agent_id, idempotency_key) DO NOTHING RETURNING id",
        (
            *(key, state.id, state.phone_number_id, OUTBOUND, request.type, json(request.content)),
            *(
                request.preview or preview(request.type, request.content),
                QUEUED,
                request.reply_to,
                reply_wamid,
            ),
            *(request.agent_id, request.idempotency_key, request.digest, moment, moment),
        ),
    )
    if not stored:
        return _asked_before(request), []
    grown = conversation.grow({state.id: Growth(key, moment, 0, None)})[state.id]
    view = message.views([key])[key]
    return view, [NewMessage(conversation_id=state.id, message=view, conversation=grown.view(contact))]


def _asked_before(request: Request) -> MessageView:
    found = rows(
        "SELECT id, request_digest FROM message WHERE agent_id = %s AND idempotency_key = %s",
        (request.agent_id, request.idempotency_key),
    )
    key, digest = found[0]
    if digest != request.digest:
        raise KeyReused
    return message.views([key])[key]


_CLAIM = """
WITH head AS (
    SELECT id FROM message
    WHERE conversation_id = %s AND direction = 'outbound' AND status IN ('queued', 'sending')
    ORDER BY id LIMIT 1 FOR UPDATE
)
UPDATE message m SET status = 'sending', attempts = m.attempts + 1, lease_until = %s, revision = m.revision + 1
FROM head, conversation v JOIN contact c ON c.id = v.contact_id
     JOIN number n ON n.phone_number_id = v.phone_number_id
WHERE m.id = head.id AND v.id = m.conversation_id AND m.status = 'queued' AND m.next_attempt_at <= now()
RETURNING m.id, m.conversation_id, m.phone_number_id, m.type, m.content, m.reply_to_wamid, m.attempts, m.created_at,
          c.phone, c.user_id, c.group_id, m.lease_until, n.access_token, n.removed_at IS NOT NULL
"""


def claim(conversation_id: str, lease_s: float) -> Claim | None:
    """Take the oldest unsent message of a conversation, if it is due and nobody else holds one.

    The head is looked for among queued and sending alike: while one is on its way, or waits for its next
    attempt, those behind it wait, so a conversation keeps its order. Two claimers race for the same row;
    the loser finds it no longer queued.
    """
    found = rows(_CLAIM, (conversation_id, now() + timedelta(seconds=lease_s)))
    if not found:
        return None
    *told, sealed, removed = found[0]
    return Claim._make([*told, Credential(sealed, removed)])


def holds(held: Claim) -> bool:
    """Whether this attempt is still the current one, its lease not taken away; locks the message."""
    found = rows(
        "SELECT 1 FROM message WHERE id = %s AND status = %s AND lease_until = %s FOR UPDATE",
        (held.message_id, SENDING, held.lease_until),
    )
    return bool(found)


def accepted(held: Claim, wamid: str) -> list[Event]:
    """Meta took it. Counts even where the lease ran out meanwhile: this is the truth about the message."""
    events: list[Event] = list(advance([News(held.message_id, ACCEPTED, now(), wamid=wamid)]))
    if held.type == REACTION:
        events += amendment.apply([_own_reaction(held, wamid)])
    return events


def _own_reaction(held: Claim, wamid: str) -> Amendment:
    """Our reaction, shown at the message it is of as a customer's is."""
    return Amendment(
        phone_number_id=held.phone_number_id,
        wamid=wamid,
        target_wamid=held.content["message_id"],
        kind=REACTION,
        by_customer=False,
        at=held.created_at,
        emoji=held.content["emoji"],
    )


def refused(held: Claim, problem: GraphProblem, *, given_up: bool = False) -> Sequence[Event]:
    """Meta refused it for good; ``given_up`` after many tries, which leaves a dead letter."""
    if not holds(held):
        return []
    if given_up:
        dead_letter.bury_send(held.message_id, f"{problem.code}: {problem.details or problem.title}")
    return advance([News(held.message_id, FAILED, now(), problem)])


def unconfirmed(held: Claim, reason: str) -> Sequence[Event]:
    """The answer was lost: neither sent nor failed, until a status or a person decides."""
    problem = GraphProblem(None, "Not known whether it was sent", reason, ErrorClass.TRANSIENT)
    return advance([News(held.message_id, UNCONFIRMED, now(), problem)]) if holds(held) else []


def postponed(held: Claim, problem: GraphProblem, delay_s: float) -> Sequence[Event]:
    """Meta certainly did not take it, and it is worth another try after ``delay_s``."""
    found = rows(
        "UPDATE message SET status = %s, next_attempt_at = %s, lease_until = NULL, error = %s,"
        " revision = revision + 1 WHERE id = %s AND status = %s AND lease_until = %s RETURNING id",
        (
            *(QUEUED, now() + timedelta(seconds=delay_s), json(message.error_view(problem))),
            *(held.message_id, SENDING, held.lease_until),
        ),
    )
    return _told([row[0] for row in found])


def retry(message_id: str) -> list[MessageStatus]:
    """Queue a failed or unconfirmed message again, because a person asked. No event where it is neither.

    One that may have been sent already is marked ``possible_duplicate``.
    """
    found = rows(
        "UPDATE message SET status = %s, next_attempt_at = now(), error = NULL, attempts = 0,"
        " possible_duplicate = possible_duplicate OR status = %s, status_times = status_times - 'failed',"
        " revision = revision + 1"
        " WHERE id = %s AND direction = 'outbound' AND status IN (%s, %s) RETURNING id",
        (QUEUED, UNCONFIRMED, message_id, FAILED, UNCONFIRMED),
    )
    return _told([row[0] for row in found])


def release(phone_number_id: str, kind: ErrorClass) -> int:
    """Make a number's messages due that wait because of errors of this class; returns how many there are."""
    found = rows(
        "UPDATE message SET next_attempt_at = now() WHERE phone_number_id = %s AND direction = 'outbound'"
        " AND status = 'queued' AND next_attempt_at > now() AND error->>'class' = %s RETURNING id",
        (phone_number_id, kind.value),
    )
    return len(found)


def _told(ids: list[str]) -> list[MessageStatus]:
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
        )
        for view in message.views(ids).values()
    ]


def due(limit: int = 500) -> list[str]:
    """Conversations whose oldest unsent message may be sent now."""
    found = rows(
        "SELECT conversation_id FROM (SELECT DISTINCT ON (conversation_id) conversation_id, status, next_attempt_at"
        " FROM message WHERE direction = 'outbound' AND status IN ('queued', 'sending')"
        " ORDER BY conversation_id, id) head WHERE status = 'queued' AND next_attempt_at <= now() LIMIT %s",
        (limit,),
    )
    return [row[0] for row in found]


def expire_leases(limit: int = 500) -> list[MessageStatus]:
    """Sends whose worker fell silent become unconfirmed: it may have died before the call or after it."""
    found = rows(
        "SELECT id FROM message WHERE status = 'sending' AND lease_until < now() ORDER BY id LIMIT %s"
        " FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    reason = "The worker that sent it stopped before it could note Meta's answer."
    problem = GraphProblem(None, "Not known whether it was sent", reason, ErrorClass.TRANSIENT)
    return advance([News(row[0], UNCONFIRMED, now(), problem) for row in found])
