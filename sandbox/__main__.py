"""``python -m sandbox``: read the options and serve."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.options import Options
from sandbox.server import Server


def parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Every option with its default and one line of help; secrets may come from the environment."""
    base = Options()
    made = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A stand-in for Meta's Cloud API, with a customer's phone in the browser.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    made.add_argument("--host", default=base.host, help="address to listen on")
    made.add_argument("--port", type=int, default=base.port, help="port to listen on; 0 takes any free one")
    made.add_argument("--webhook-url", default=base.webhook_url, help="where Parley takes webhooks")
    made.add_argument(
        "--app-secret",
        default=environ.get("WHATSAPP_APP_SECRET") or base.app_secret,
        help="signs webhooks; also WHATSAPP_APP_SECRET",
    )
    made.add_argument(
        "--verify-token",
        default=environ.get("WHATSAPP_VERIFY_TOKEN") or base.verify_token,
        help="used when the webhook's address is checked; also WHATSAPP_VERIFY_TOKEN",
    )
    made.add_argument("--phone-number-id", default=base.phone_number_id, help="id of the business's number")
    made.add_argument("--account-id", default=base.account_id, help="id of the business account (WABA)")
    made.add_argument("--display-number", default=base.display_number, help="the business's phone number")
    made.add_argument("--journal", type=Path, default=None, help="file that keeps every message taken")
    made.add_argument(
        "--status-delay",
        type=delays,
        default=base.status_delays,
        metavar="SENT/DELIVERED/READ",
        help="seconds before each status, after the one before it; one number stands for all",
    )
    made.add_argument("--token", default=base.token, help="the one bearer token let in; empty: any")
    return made


def delays(text: str) -> tuple[float, ...]:
    """``0.3/0.8/2`` as seconds; raises the error argparse shows."""
    try:
        seconds = tuple(float(part) for part in text.replace(",", "/").split("/"))
    except ValueError:
        raise argparse.ArgumentTypeError("write seconds such as 0.3/0.8/2.0") from None
    if any(not 0 <= second <= 86400 for second in seconds):
        raise argparse.ArgumentTypeError("delays lie between 0 and a day")
    return seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    given = parser(os.environ).parse_args(arguments)
    options = Options(
        host=given.host,
        port=given.port,
        webhook_url=given.webhook_url,
        app_secret=given.app_secret,
        verify_token=given.verify_token,
        phone_number_id=given.phone_number_id,
        account_id=given.account_id,
        display_number=given.display_number,
        journal=given.journal,
        status_delays=given.status_delay,
        token=given.token,
    )
    Server(options).run()


if __name__ == "__main__":
    main()
