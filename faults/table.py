"""The fault table: what strikes, and what must hold. The oracle holds for every row; ``must`` says what else does."""

from __future__ import annotations

from faults import processes, sends, servers
from faults.row import OR_UNCONFIRMED, Row

_ORACLE = "nothing lost, doubled or out of order"

ROWS: tuple[Row, ...] = (
    Row(
        "worker-killed-idle",
        "kill -9 of a worker that has nothing to do",
        "what comes meanwhile is picked up in 10 s",
        processes.worker_idle,
        quiet=True,
    ),
    Row(
        "worker-killed-before-commit",
        "kill -9 of a worker in a batch, before its COMMIT",
        "picked up in 10 s",
        processes.worker_before_commit,
    ),
    Row(
        "worker-killed-after-commit",
        "kill -9 of a worker after its COMMIT, before the events are out",
        "the events are told by its successor",
        processes.worker_after_commit,
    ),
    Row(
        "worker-killed-again-and-again",
        "kill -9 of a worker, several times under load",
        _ORACLE,
        processes.worker_again_and_again,
        short=3,
        long=10,
        in_chaos=True,
    ),
    Row(
        "worker-killed-of-two",
        "kill -9 of one of two workers, in turn",
        "a conversation keeps its order",
        processes.one_of_two_workers,
    ),
    Row(
        "sender-killed-idle",
        "kill -9 of a sender that has nothing to do",
        "what is asked for meanwhile goes out, in order, when one is back",
        sends.idle,
        quiet=True,
    ),
    Row(
        "sender-killed-before-request",
        "kill -9 of a sender after its claim, before the request",
        "unconfirmed, and not sent",
        sends.before_request,
        ends=OR_UNCONFIRMED,
    ),
    Row(
        "sender-killed-after-request",
        "kill -9 of a sender whose request Meta never took",
        "unconfirmed; a person sends it again, and it is marked",
        sends.after_request,
        ends=OR_UNCONFIRMED,
    ),
    Row(
        "sender-killed-after-taken",
        "kill -9 of a sender whose request Meta took",
        "known by its status, sent once",
        sends.after_taken,
        ends=OR_UNCONFIRMED,
    ),
    Row(
        "sender-killed-in-silence",
        "the same, and Meta tells of no status",
        "unconfirmed, sent once",
        sends.after_taken_in_silence,
        ends=OR_UNCONFIRMED | {"accepted", "sent", "delivered"},
    ),
    Row(
        "sender-killed-before-commit",
        "kill -9 of a sender after Meta's 200, before its COMMIT",
        "known by its status, sent once",
        sends.before_commit,
        ends=OR_UNCONFIRMED,
    ),
    Row(
        "sender-killed-again-and-again",
        "kill -9 of a sender, several times under load",
        "what was under way is unconfirmed, and nothing goes out twice",
        processes.sender_again_and_again,
        short=2,
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "web-killed",
        "kill -9 of the web process, several times under load",
        "clients repeat, with no duplicate",
        processes.web,
        short=2,
        long=6,
        in_chaos=True,
    ),
    Row(
        "beat-killed",
        "kill -9 of Celery's clock",
        "fresh messages go in and out as ever",
        processes.beat,
        in_chaos=True,
    ),
    Row(
        "everything-killed",
        "kill -9 of every process, Redis and Postgres at once",
        _ORACLE,
        processes.everything,
        ends=OR_UNCONFIRMED,
        within_s=20,
    ),
    Row(
        "redis-killed",
        "kill -9 of Redis, several times under load",
        "acks are 503 or durable; all come back without a restart",
        servers.redis_killed,
        short=2,
        long=5,
        in_chaos=True,
    ),
    Row(
        "redis-frozen",
        "SIGSTOP of Redis",
        "acks are 503 in time; all come back without a restart",
        servers.redis_frozen,
        short=1,
        long=10,
        in_chaos=True,
    ),
    Row(
        "redis-out-of-memory",
        "Redis refuses every write",
        "acks are 503; nothing is evicted",
        servers.redis_out_of_memory,
        short=1,
        long=10,
        in_chaos=True,
    ),
    Row(
        "redis-flushed-but-inbox",
        "everything in Redis but the inbox deleted",
        "clients fetch anew; nothing else is lost",
        servers.redis_flushed_but_inbox,
        short=2,
        long=5,
        in_chaos=True,
    ),
    Row(
        "postgres-stopped",
        "Postgres away",
        "acks go on, median < 250 ms; the backlog drains",
        servers.postgres_stopped,
        short=3,
        long=60,
        ends=OR_UNCONFIRMED,
        within_s=30,
        in_chaos=True,
    ),
    Row(
        "postgres-restarted",
        "Postgres restarted, then killed and started",
        "acks go on; the backlog drains",
        servers.postgres_restarted,
        ends=OR_UNCONFIRMED,
        within_s=20,
        in_chaos=True,
    ),
    Row(
        "postgres-frozen",
        "SIGSTOP of Postgres, and 24 people who ask for their inbox",
        "acks go on, median < 250 ms",
        servers.postgres_frozen,
        short=3,
        long=20,
        ends=OR_UNCONFIRMED,
        within_s=20,
    ),
)


def row(name: str) -> Row:
    """The row of that name. Raises KeyError."""
    return {each.name: each for each in ROWS}[name]
