"""The fault table: Meta's API."""

from __future__ import annotations

from faults import graph, refusals
from faults.row import OR_FAILED, OR_UNCONFIRMED, Row

# What a minute's hold gathers goes out at 80 a second, beside what comes meanwhile; and to so many people that none
# gets more than the 45 Meta lets through at once.
_AFTER_A_HOLD_S, _OVER_A_HOLD = 45, 120

ROWS: tuple[Row, ...] = (
    Row(
        "graph-500",
        "Meta answers 500 with no body",
        "unconfirmed, or known by its status; never sent again by itself",
        graph.unknown("http_500"),
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-429",
        "Meta answers 429",
        "the number slows down; each goes out once",
        graph.retried("throttled"),
        long=10,
        # Ten seconds of it leave a sixteenth of the pace, 5 a second, for what has gathered; and minutes later it is
        # not all back, which in chaos would be taken for the fault of whatever strikes next.
        within_s=60,
    ),
    Row(
        "graph-429-retry-after",
        "Meta answers 429 with Retry-After",
        "the number waits as long as that",
        graph.retry_after,
        short=2,
        long=10,
        within_s=30,
    ),
    Row(
        "graph-timeout",
        "calls to Meta hang",
        "given up at the deadline; what comes in does not wait",
        graph.hanging,
        short=2,
        long=20,
        ends=OR_UNCONFIRMED,
        within_s=20,
        in_chaos=True,
    ),
    Row(
        "graph-drip",
        "Meta answers byte by byte",
        "given up at the deadline",
        graph.unknown("drip", seconds=30.0),
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-cut",
        "Meta's answer ends after its headers",
        "unconfirmed, or known by its status",
        graph.unknown("cut"),
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-reset",
        "Meta resets the connection",
        "unconfirmed, or known by its status",
        graph.unknown("reset"),
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-not-json",
        "Meta answers 200 with HTML",
        "unconfirmed, or known by its status",
        graph.unknown("not_json"),
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-gzip-bomb",
        "Meta's answer unpacks to 256 MB",
        "the byte cap holds, the sender grows by less than 64 MiB",
        graph.gzip_bomb,
        long=10,
        ends=OR_UNCONFIRMED,
        in_chaos=True,
    ),
    Row(
        "graph-redirect",
        "Meta answers 302 to another host",
        "not followed; sent again later",
        graph.redirect,
        long=10,
        within_s=20,
    ),
    Row(
        "error-transient",
        "Meta refuses for a passing reason (131000)",
        "tried again, sent once",
        refusals.tried_again(131000),
    ),
    Row(
        "error-throttled-number",
        "Meta throttles the number (130429)",
        "slowed down, tried again, sent once",
        refusals.tried_again(130429),
        within_s=20,
    ),
    Row(
        "error-throttled-pair",
        "Meta throttles one person's messages (131056)",
        "that person waits, nobody else",
        refusals.tried_again(131056),
        within_s=20,
    ),
    Row(
        "error-quality",
        "Meta limits the number for its quality (131048)",
        "the number is held, and goes on once Meta takes one",
        refusals.held(131048),
        within_s=_AFTER_A_HOLD_S,
        crowd=_OVER_A_HOLD,
    ),
    Row(
        "error-auth",
        "Meta refuses the token (190)",
        "the number is held, and goes on once Meta takes one",
        refusals.held(190),
        within_s=_AFTER_A_HOLD_S,
        crowd=_OVER_A_HOLD,
    ),
    Row(
        "error-account",
        "Meta locked the account (131031)",
        "the number is held, and goes on once Meta takes one",
        refusals.held(131031),
        within_s=_AFTER_A_HOLD_S,
        crowd=_OVER_A_HOLD,
    ),
    Row(
        "error-media",
        "Meta cannot process the file (131053)",
        "given to Meta anew, sent once",
        refusals.of_a_file,
    ),
    Row(
        "error-window-closed",
        "the service window is closed (131047)",
        "failed with advice; the next goes out",
        refusals.given_up(131047),
        ends=OR_FAILED,
    ),
    Row(
        "error-later",
        "Meta holds the message back (131049)",
        "failed with advice; the next goes out",
        refusals.given_up(131049),
        ends=OR_FAILED,
    ),
    Row(
        "error-recipient",
        "the person cannot receive it (131026)",
        "failed with advice; the next goes out",
        refusals.given_up(131026),
        ends=OR_FAILED,
    ),
    Row(
        "error-content",
        "Meta refuses what it contains (131009)",
        "failed with advice; the next goes out",
        refusals.given_up(131009),
        ends=OR_FAILED,
    ),
)
