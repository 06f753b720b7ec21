"""The fault table: what comes from outside, sockets and deliveries."""

from __future__ import annotations

from faults.strikes import abuse, bodies, front_door, gateways, repeats, sockets
from faults.tables.row import Row

ROWS: tuple[Row, ...] = (
    Row(
        "gateway-killed",
        "kill -9 of the gateway, several times under load",
        "no gap for a client that resumes",
        gateways.killed,
        short=2,
        long=6,
        in_chaos=True,
    ),
    Row(
        "gateway-cut-off",
        "the gateway's Redis gone, then silent",
        "it catches up; no gap",
        gateways.cut_off,
        short=1,
        long=10,
    ),
    Row(
        "gateways-rolling",
        "two gateways restarted in turn",
        "no gap for a client that resumes at the other",
        gateways.rolling,
        short=1,
        long=4,
    ),
    Row(
        "socket-stalled",
        "clients that subscribe to everything and read nothing",
        "gone in 10 s, memory bounded, others' p99 unmoved",
        sockets.stalled,
        *sockets.STALLED,
    ),
    Row(
        "sockets-idle",
        "10,000 idle sockets on one gateway",
        "under 25 KB each, all told when there is something, others' p99 unmoved",
        sockets.idle,
        *sockets.IDLE,
        impossible=sockets.cannot_hold_idle,
        crowd=120,  # it takes minutes to let so many in, and a person gets a message in 6 s
    ),
    Row(
        "sockets-storm",
        "the gateway killed under 2,000 sockets, which all come back at once",
        "back in 30 s, each told what it missed, once",
        sockets.storm,
        *sockets.STORM,
    ),
    Row(
        "socket-abuse",
        "oversize, fragments, bad UTF-8, a deflate bomb, floods, strangers, used and expired tickets, who is dismissed",
        "the documented close code; nobody else notices",
        abuse.sockets,
    ),
    Row(
        "replay-1000",
        "one signed body 1,000 times in parallel, and once more later",
        "one row, one event",
        repeats.replay,
        short=1000,
        long=1000,
        in_chaos=True,
    ),
    Row(
        "statuses-shuffled",
        "statuses in any order, three of each, before the send's answer",
        "a status only rises",
        repeats.statuses,
        long=10,
        in_chaos=True,
    ),
    Row(
        "bodies",
        "3 MB, over the cap, in chunks, without a length, gzip",
        "200, 413, 200 or 411, 401 or 411, 415",
        bodies.sizes,
        in_chaos=True,
    ),
    Row(
        "half-sent",
        "2,000 requests without an end, replaced as they are closed, at the front door and at the web process",
        "the slowest ack < 1 s; closed in 35 s, both processes grow by less than 256 MiB",
        front_door.half_sent,
        short=100,
        long=2000,
        crowd=120,  # four times half a minute, and a person gets a message in 6 s
    ),
    Row(
        "signed-garbage",
        "bad UTF-8, 100,000 deep JSON, NaN, NUL, lone surrogates and 20 more, signed",
        "200, set aside or shown; never a 500, never a stuck batch",
        bodies.garbage,
        in_chaos=True,
    ),
    Row(
        "signatures",
        "missing, empty, twice, sha1, upper case, 63 or 65 digits, not ASCII, another body",
        "401, and nothing of it kept",
        bodies.signatures,
        in_chaos=True,
    ),
)
