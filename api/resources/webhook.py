"""Meta's side door: verification, deliveries, and a page that tells a person whether it is set up right."""

from __future__ import annotations

import contextlib
import hmac
import threading
import time

import falcon
import redis

from api import bodies
from api.errors import ApiError, unavailable
from api.operations import operation
from api.resource import Resource
from api.security.log import Kind, SecurityLog
from models.database import is_unavailable
from models.ledger import other_updates
from queues.app import PERSIST
from queues.inbox import Inbox, InboxFull, Rejected
from queues.wake import wake
from schema.views import BacklogView, RejectedView, TestedView, WebhookView
from settings import PLACEHOLDER_VERIFY_TOKEN, Settings
from whatsapp.inbound import signature

_CHALLENGE_LONGEST = 512
_COUNTED_FOR_S = 5.0
_CODE_OF = {
    signature.MISSING: "signature_missing",
    signature.MALFORMED: "signature_malformed",
    signature.MISMATCH: "signature_mismatch",
}


_VERIFICATION = tuple(
    {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
    for name in ("hub.mode", "hub.verify_token", "hub.challenge")
)
_SIGNATURE = {
    "name": "X-Hub-Signature-256",
    "in": "header",
    "description": "HMAC-SHA256 of the raw body with the app's secret.",
    "schema": {"type": "string", "pattern": "^sha256=[0-9a-f]{64}$"},
}


class WebhookResource(Resource):
    """GET verifies the callback for Meta; POST takes a delivery: check, store, 200, and nothing else."""

    public = True
    needs_database = False
    takes_deliveries = True

    def __init__(self, settings: Settings, inbox: Inbox, security_log: SecurityLog) -> None:
        self._inbox = inbox
        self._security_log = security_log
        self._verify_token = settings.meta.verify_token.encode()
        self._secrets = settings.meta.app_secrets
        self._bypassed = settings.signature_bypassed
        self._limit = settings.limits.webhook_bytes

    @operation(
        "verify_webhook",
        errors=("verify_refused", "invalid"),
        gives={"text/plain": {"schema": {"type": "string"}}},
        parameters=_VERIFICATION,
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Meta's verification of the address: its challenge, where it knows our token.

        Source: Meta, Webhooks > Getting started > Verification requests.
        """
        token = (req.get_param("hub.verify_token") or "").encode("utf-8", "replace")
        challenge = req.get_param("hub.challenge") or ""
        if req.get_param("hub.mode") != "subscribe":
            self._security_log.tell(Kind.VERIFICATION_REFUSED, req, reason="mode")
            raise ApiError(
                "verify_refused", "hub.mode is not 'subscribe'; this address is for Meta's verification."
            )
        if not hmac.compare_digest(token, self._verify_token):
            self._security_log.tell(Kind.VERIFICATION_REFUSED, req, reason="token")
            raise ApiError(
                "verify_refused",
                "hub.verify_token is not ours; type the value of WHATSAPP_VERIFY_TOKEN at Meta.",
            )
        if not 0 < len(challenge) <= _CHALLENGE_LONGEST:
            raise ApiError("invalid", "hub.challenge is missing or longer than 512 characters.")
        resp.content_type = "text/plain; charset=utf-8"
        resp.text = challenge

    @operation(
        "deliver_webhook",
        errors=(*_CODE_OF.values(), "forbidden", "too_large", "unsupported_media_type", "inbox_full"),
        accepts={"application/json": {"schema": {"type": "object", "description": "Meta's own."}}},
        parameters=(_SIGNATURE,),
    )
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A delivery of Meta's: stored as it came, answered with 200 and no body, and read later."""
        if self._bypassed:
            self._refuse_pages(req)
        body = bodies.read_bytes(req, self._limit)
        if not self._bypassed:
            self._check(req, body)
        try:
            due = self._inbox.append(body)
        except InboxFull:
            raise ApiError(
                "inbox_full",
                "Too many webhooks wait to be persisted; send this one again later.",
                headers={"Retry-After": "30"},
            ) from None
        except redis.RedisError:
            raise unavailable("The inbox (Redis)") from None
        if due:
            wake(PERSIST)

    def _refuse_pages(self, req: falcon.Request) -> None:
        """Unsigned deliveries are taken from programs: any page the developer visits could post one."""
        if req.get_header("Origin") is not None:
            self._security_log.tell(Kind.ORIGIN_REFUSED, req, method=req.method, path=req.uri_template or "")
            raise ApiError(
                "forbidden", "Meta sends no Origin, so this is a page; set WHATSAPP_APP_SECRET and sign."
            )

    def _check(self, req: falcon.Request, body: bytes) -> None:
        rejection = signature.check(body, req.get_header("X-Hub-Signature-256"), self._secrets)
        if rejection is None:
            return
        self._security_log.tell(Kind.SIGNATURE_REFUSED, req, reason=rejection.name)
        with contextlib.suppress(redis.RedisError):
            self._inbox.note_rejected(*rejection)
        raise ApiError(_CODE_OF[rejection], rejection.sentence)


def _refusal(rejected: Rejected | None) -> RejectedView | None:
    if rejected is None:
        return None
    return RejectedView(at=rejected.at, name=rejected.name, text=rejected.text, mend=rejected.mend)


def _other_updates() -> dict[str, int] | None:
    """How many updates of each field were kept raw; None while Postgres cannot tell."""
    try:
        return {field or "unreadable": count for field, count in other_updates.counts().items()}
    except Exception as error:
        if not is_unavailable(error):
            raise
        return None


class _Counted:
    """The counts of a moment ago: a sum over all that was kept, which whoever may ask must not have made anew each
    time."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._counts: dict[str, int] | None = None
        self._ends = 0.0

    def get(self) -> dict[str, int] | None:
        with self._counting:
            if time.monotonic() >= self._ends:
                self._counts = _other_updates()
                self._ends = time.monotonic() + _COUNTED_FOR_S
            return self._counts


class WebhookTestResource(Resource):
    """What a person needs to see that the webhook is set up. Shows no secret."""

    public = True

    def __init__(self, settings: Settings, inbox: Inbox) -> None:
        self._settings = settings
        self._inbox = inbox
        self._counted = _Counted()

    @operation("test_webhook", answer=WebhookView)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> WebhookView:
        """Whether the webhook is set up, and what to do next. Shows no secret."""
        settings = self._settings
        backlog, rejected, tested = (
            self._inbox.backlog(),
            self._inbox.last_rejected(),
            self._inbox.last_tested(),
        )
        return WebhookView(
            callback_url=settings.meta.callback_url,
            verify_token_set=settings.meta.verify_token not in ("", PLACEHOLDER_VERIFY_TOKEN),
            app_secret="set" if settings.meta.has_app_secret else "placeholder",
            signature_check="bypassed" if settings.signature_bypassed else "on",
            last_accepted_at=self._inbox.last_accepted(),
            last_rejected=_refusal(rejected),
            last_test=TestedView(at=tested.at, field=tested.field) if tested else None,
            backlog=BacklogView(deliveries=backlog.entries, oldest_s=round(backlog.oldest_s, 3)),
            other_updates=self._counted.get(),
            advice=tuple(self._advice(backlog.oldest_s)),
        )

    def _advice(self, oldest_s: float) -> list[str]:
        """What to do next, in order; empty where all is well."""
        settings, advice = self._settings, []
        if settings.signature_bypassed:
            advice.append("Signatures are NOT checked: set WHATSAPP_APP_SECRET before real customers write.")
        if not settings.meta.callback_url.startswith("https://"):
            advice.append("Meta only calls https:// addresses: set WHATSAPP_WEBHOOK_URL to your public one.")
        if self._inbox.last_accepted() is None:
            advice.append(
                f"Nothing was delivered yet: paste {settings.meta.callback_url} at Meta as the callback URL."
            )
        if oldest_s > 30:
            advice.append("Deliveries wait to be persisted: see whether the worker and Postgres run.")
        return advice
