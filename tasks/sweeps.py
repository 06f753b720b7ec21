"""What a sweep looks after, every few seconds: calls get lost, workers die, engines go away.

- deliveries in the inbox that no drain is at, those that a killed drain held among them
- sends whose lease ran out, and unconfirmed ones past their grace time
- news of messages that were not known when it came
- events that were committed and never published
- messages, files and thumbnails that are due
- messages of long conversations that are becoming one
- the bytes of files whose message was deleted

Two sweeps at once do no harm: rows are taken with locks that the other passes over, and calls may come twice. What
expires is deleted hourly (tasks/tidy.py); tickets and sessions in Redis end by themselves.
"""

from __future__ import annotations

from collections.abc import Callable

import redis
import structlog

from health.vitals import SWEPT, SWEPT_LIFE_S
from models.conversations import joining
from models.database import database, is_unavailable
from models.messages import media, outbound
from queues.app import (
    DELIVER,
    FETCH_MEDIA,
    JOIN,
    MAKE_THUMBNAIL,
    MEDIA,
    OUTBOUND,
    PERSIST,
    SWEEPS,
)
from queues.wake import wake
from settings import RESEND
from tasks import late, retention
from tasks.tenure import SHARD, tenure
from tasks.worker import Workshop

_log = structlog.get_logger(__name__)
# Past this many waiting calls a further one changes nothing; the next sweep looks again.
_ENOUGH_CALLS = 1000


def run(shop: Workshop) -> None:
    """Look after everything. Raises where an engine cannot be used; whatever else fails holds up nothing but itself."""
    shop.redis.set(SWEPT, "1", ex=SWEPT_LIFE_S)
    for step in _STEPS:
        try:
            step(shop)
        except Exception as error:
            if is_unavailable(error) or isinstance(error, redis.RedisError):
                raise
            _log.error("sweep_step_failed", step=step.__name__, error=type(error).__name__)


def wake_drain(shop: Workshop) -> None:
    if shop.inbox.backlog().entries:
        wake(PERSIST)


def expire_leases(shop: Workshop) -> None:
    with database.atomic():
        shop.announcer.announce(outbound.expire_leases(shop.settings.sending.unconfirmed_grace_s))


def resend_unconfirmed(shop: Workshop) -> None:
    if shop.settings.sending.unconfirmed_policy == RESEND:
        with database.atomic():
            shop.announcer.announce(outbound.resend_unconfirmed())


def apply_parked(shop: Workshop) -> None:
    """Unless a drain is at it, which does the same."""
    with tenure(SHARD) as lease:
        if lease:
            late.apply(shop.announcer, lease)
    # Whoever was woken while we held the drain went away again.
    if lease:
        wake_drain(shop)


def publish_left(shop: Workshop) -> None:
    shop.announcer.publish_left()


def wake_sender(shop: Workshop) -> None:
    if _few_calls(shop, OUTBOUND) and outbound.lines():
        wake(DELIVER)


def wake_fetchers(shop: Workshop) -> None:
    if _few_calls(shop, MEDIA):
        for message_id in media.due():
            wake(FETCH_MEDIA, message_id)


def wake_thumbnailers(shop: Workshop) -> None:
    if _few_calls(shop, MEDIA):
        for message_id in media.thumbnails_due(2):
            wake(MAKE_THUMBNAIL, message_id)


def wake_joins(shop: Workshop) -> None:
    if _few_calls(shop, SWEEPS) and joining.under_way():
        wake(JOIN)


def delete_released(shop: Workshop) -> None:
    retention.delete_released(shop.store)


_STEPS: tuple[Callable[[Workshop], None], ...] = (
    wake_drain,
    expire_leases,
    resend_unconfirmed,
    apply_parked,
    publish_left,
    wake_sender,
    wake_fetchers,
    wake_thumbnailers,
    wake_joins,
    delete_released,
)


def _few_calls(shop: Workshop, queue: str) -> bool:
    waiting: int = shop.redis.llen(queue)
    return waiting < _ENOUGH_CALLS
