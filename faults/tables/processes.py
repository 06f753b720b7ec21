"""The fault table: the house's own processes."""

from __future__ import annotations

from faults.strikes import drains, processes, sends
from faults.tables.row import OR_UNCONFIRMED, Row

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
        "nothing lost, doubled or out of order",
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
        "worker-hung",
        "SIGSTOP of the worker that drains, in the middle of a transaction",
        "another takes over in 10 s; when it goes on it commits and tells nothing",
        drains.hung,
        within_s=20,
    ),
    Row(
        "machine-lost",
        "the machine of the worker that drains is cut off: its connections stay open, and nothing answers",
        "another takes over in 10 s; what arrives late changes nothing",
        drains.machine_lost,
        within_s=30,
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
        "sender-late",
        "a sender is held up before the request for longer than its claim holds",
        "unconfirmed until it goes on; then sent, once",
        sends.late,
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
        "nothing lost, doubled or out of order",
        processes.everything,
        ends=OR_UNCONFIRMED,
        within_s=20,
    ),
)
